#include <opencv2/core/utility.hpp>

#include "threads.h"

void visavis_one_thread(void) { cv::setNumThreads(1); }
