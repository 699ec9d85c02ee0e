#ifndef VISAVIS_WIDE_H
#define VISAVIS_WIDE_H

// TWICE compiles a function for processors with AVX2 too; which one runs is decided when the
// program is loaded. Both give the same results.
#if defined __x86_64__ && defined __linux__ && defined __GNUC__
#define TWICE __attribute__((target_clones("avx2", "default")))
#else
#define TWICE
#endif

#endif
