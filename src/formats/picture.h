/* Drawing into an RGB raster. */
#ifndef IP_FORMATS_PICTURE_H
#define IP_FORMATS_PICTURE_H

#include <stddef.h>
#include <iphase/formats.h>

/* Colour at t in [0, 1]. */
void ip_colormap_rgb(enum ip_colormap map, double t, unsigned char rgb[3]);

struct ip_canvas {
	int w, h;
	unsigned char *rgb;	/* row by row, from the top */
};

/*
 * Draw count images as ip_png_panels says into a new raster; bare: without
 * colour bars and margins. Ranges that were open are set in style.
 */
int ip_picture_draw(const char *what, const struct ip_tensor *img,
	struct ip_picture_style *style, size_t count, size_t columns, int bare,
	struct ip_canvas *c);

#endif
