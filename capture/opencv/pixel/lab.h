#ifndef VISAVIS_LAB_H
#define VISAVIS_LAB_H

#include <stdint.h>

// visavis_lab turns n pixels of blue, green and red into CIE's L, a and b for D65, in bytes as
// OpenCV's COLOR_BGR2Lab has them. visavis_lab_tables is called once before.
void visavis_lab(const uint8_t *bgr, uint8_t *lab, int n);
void visavis_lab_tables(void);

#endif
