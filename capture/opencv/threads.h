#ifndef VISAVIS_THREADS_H
#define VISAVIS_THREADS_H

#ifdef __cplusplus
extern "C" {
#endif

/* visavis_one_thread keeps OpenCV's loops, the networks' among them, in the thread that calls. */
void visavis_one_thread(void);

#ifdef __cplusplus
}
#endif

#endif
