#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "planes.h"

struct failure {
	struct jpeg_error_mgr base;
	jmp_buf jump;
};

static void fail(j_common_ptr c) { longjmp(((struct failure *)c->err)->jump, 1); }

// message gives up at the first warning: damaged pictures are not decoded here.
static void message(j_common_ptr c, int level)
{
	if (level < 0)
		fail(c);
}

// rows of one pass of the decoder: 16 of lightness, 8 of each colour.
enum { high = 16 };

// half tells whether the colours are stored at half the size, in one scan.
static int half(const struct jpeg_decompress_struct *c)
{
	const jpeg_component_info *i = c->comp_info;
	return c->num_components == 3 && c->jpeg_color_space == JCS_YCbCr && !c->progressive_mode && c->data_precision == 8 &&
	       i[0].h_samp_factor == 2 && i[0].v_samp_factor == 2 && i[1].h_samp_factor == 1 && i[1].v_samp_factor == 1 &&
	       i[2].h_samp_factor == 1 && i[2].v_samp_factor == 1;
}

// plane is one channel and the strip that the decoder fills.
struct plane {
	uint8_t *out, *strip;
	int width, height, rows, stride;
	JSAMPROW row[high];
};

// aim points the decoder's rows into the plane, or into the strip where whole
// blocks would not fit.
static void aim(struct plane *p, int top)
{
	int fits = p->stride == p->width && top + p->rows <= p->height;
	for (int i = 0; i < p->rows; i++)
		p->row[i] = fits ? p->out + (size_t)(top + i) * p->width : p->strip + (size_t)i * p->stride;
}

static void collect(struct plane *p, int top)
{
	if (p->row[0] != p->strip)
		return;
	for (int i = 0; i < p->rows && top + i < p->height; i++)
		memcpy(p->out + (size_t)(top + i) * p->width, p->row[i], p->width);
}

int visavis_planes(const uint8_t *data, size_t size, int width, int height, uint8_t *y, uint8_t *cb, uint8_t *cr)
{
	struct jpeg_decompress_struct c;
	struct failure err;
	uint8_t *volatile strips = NULL;
	volatile int failed = 1;

	memset(&c, 0, sizeof c);
	c.err = jpeg_std_error(&err.base);
	err.base.error_exit = fail;
	err.base.emit_message = message;
	if (setjmp(err.jump))
		goto out;
	jpeg_create_decompress(&c);
	jpeg_mem_src(&c, data, size);
	if (jpeg_read_header(&c, TRUE) != JPEG_HEADER_OK || !half(&c))
		goto out;
	if ((int)c.image_width != width || (int)c.image_height != height)
		goto out;
	c.raw_data_out = TRUE;
	c.out_color_space = JCS_YCbCr;

	int wide = (width + high - 1) / high * high;
	strips = malloc((size_t)wide * high * 3 / 2);
	if (!strips)
		goto out;
	struct plane planes[3] = {
		{y, strips, width, height, high, wide},
		{cb, strips + wide * high, (width + 1) / 2, (height + 1) / 2, high / 2, wide / 2},
		{cr, strips + wide * high * 5 / 4, (width + 1) / 2, (height + 1) / 2, high / 2, wide / 2},
	};
	JSAMPARRAY rows[3] = {planes[0].row, planes[1].row, planes[2].row};
	if (!jpeg_start_decompress(&c))
		goto out;
	while (c.output_scanline < c.output_height) {
		int top = c.output_scanline;
		for (int i = 0; i < 3; i++)
			aim(&planes[i], i ? top / 2 : top);
		if (jpeg_read_raw_data(&c, rows, high) == 0)
			goto out;
		for (int i = 0; i < 3; i++)
			collect(&planes[i], i ? top / 2 : top);
	}
	jpeg_finish_decompress(&c);
	failed = 0;
out:
	jpeg_destroy_decompress(&c);
	free(strips);
	return failed;
}
