#ifndef VISAVIS_WIDE_H
#define VISAVIS_WIDE_H

// TWICE compiles a function for processors with AVX2 too; which one runs is decided when the
// program is loaded. WIDE is for a function that needs AVX2, where there is a way to have it.
// Both ways give the same results. -DVISAVIS_NARROW leaves AVX2 out, as other processors do: tests run
// both ways so.
// INTO puts a function into those that call it, and so into both of their ways.
#define INTO __attribute__((always_inline)) static inline
#if defined __x86_64__ && defined __linux__ && defined __GNUC__ && !defined VISAVIS_NARROW
#define TWICE __attribute__((target_clones("avx2", "default")))
#define WIDE __attribute__((target("avx2")))
#else
#define TWICE
#endif

#endif
