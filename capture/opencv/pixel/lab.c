#include <math.h>

#include "lab.h"
#include "wide.h"

// Values between 0 and 1 have 11 bits as light and 15 as the cube root of light.
enum { gamma_bits = 3, weight_bits = 12, root_bits = 15, white = 255 << gamma_bits, lights = 256 * 3 / 2 << gamma_bits };

static uint16_t light[256];    // of a byte of sRGB
static uint16_t root[lights];  // CIE's f of light
static int32_t weight[3][3];   // of blue, green and red in X, Y and Z over those of D65

void visavis_lab_tables(void)
{
	// IEC 61966-2-1: from sRGB to XYZ.
	static const double xyz[3][3] = {{0.180423, 0.357580, 0.412453}, {0.072169, 0.715160, 0.212671}, {0.950227, 0.119193, 0.019334}};
	static const double d65[3] = {0.950456, 1, 1.088754};
	for (int i = 0; i < 256; i++) {
		double x = i / 255.0;
		light[i] = lrint(white * (x <= 0.04045 ? x / 12.92 : pow((x + 0.055) / 1.055, 2.4)));
	}
	for (int i = 0; i < lights; i++) {
		double x = (double)i / white;
		double v = (1 << root_bits) * (x < 216.0 / 24389 ? x * (841.0 / 108) + 16.0 / 116 : cbrt(x));
		root[i] = v < 65535 ? lrint(v) : 65535;
	}
	for (int i = 0; i < 3; i++)
		for (int k = 0; k < 3; k++)
			weight[i][k] = lrint((1 << weight_bits) * xyz[i][k] / d65[i]);
}

static int32_t scaled(int32_t v, int bits) { return (v + (1 << (bits - 1))) >> bits; }

enum { part = 64 }; // pixels worked on together

TWICE void visavis_lab(const uint8_t *bgr, uint8_t *lab, int n)
{
	const int32_t slope = (116 * 255 + 50) / 100, start = (16 * 255 * (1 << root_bits) + 50) / 100;
	const int32_t middle = 128 << root_bits;
	for (int from = 0; from < n; from += part, bgr += 3 * part, lab += 3 * part) {
		int m = n - from < part ? n - from : part;
		int32_t b[part], g[part], r[part], f[3][part];
		for (int i = 0; i < m; i++) {
			b[i] = light[bgr[3 * i]];
			g[i] = light[bgr[3 * i + 1]];
			r[i] = light[bgr[3 * i + 2]];
		}
		for (int k = 0; k < 3; k++) {
			const int32_t wb = weight[k][0], wg = weight[k][1], wr = weight[k][2];
			for (int i = 0; i < m; i++)
				f[k][i] = scaled(wb * b[i] + wg * g[i] + wr * r[i], weight_bits);
			for (int i = 0; i < m; i++)
				f[k][i] = root[f[k][i]];
		}
		uint8_t out[3][part];
		for (int i = 0; i < m; i++) {
			int32_t l = scaled(slope * f[1][i] - start, root_bits);
			int32_t a = scaled(500 * (f[0][i] - f[1][i]) + middle, root_bits);
			int32_t c = scaled(200 * (f[1][i] - f[2][i]) + middle, root_bits);
			out[0][i] = l < 0 ? 0 : l < 255 ? l : 255;
			out[1][i] = a < 0 ? 0 : a < 255 ? a : 255;
			out[2][i] = c < 0 ? 0 : c < 255 ? c : 255;
		}
		for (int i = 0; i < m; i++) {
			lab[3 * i] = out[0][i];
			lab[3 * i + 1] = out[1][i];
			lab[3 * i + 2] = out[2][i];
		}
	}
}
