/*
 * Colour maps from a few of their published colours at equal steps, straight
 * lines in sRGB between. viridis and magma: Nathaniel Smith and Stefan van
 * der Walt, for matplotlib, CC0. RdBu: ColorBrewer 2.0, Cynthia Brewer, Mark
 * Harrower and The Pennsylvania State University, Apache-2.0; the low end is
 * red.
 */
#include <string.h>
#include "../core/core.h"
#include "picture.h"

static const unsigned gray[] = { 0x000000, 0xffffff };
static const unsigned viridis[] = { 0x440154, 0x482878, 0x3e4989, 0x31688e,
	0x26828e, 0x1f9e89, 0x35b779, 0x6ece58, 0xb5de2b, 0xfde725 };
static const unsigned magma[] = { 0x000004, 0x180f3d, 0x440f76, 0x721f81,
	0x9e2f7f, 0xcd4071, 0xf1605d, 0xfd9668, 0xfeca8d, 0xfcfdbf };
static const unsigned rdbu[] = { 0x67001f, 0xb2182b, 0xd6604d, 0xf4a582,
	0xfddbc7, 0xf7f7f7, 0xd1e5f0, 0x92c5de, 0x4393c3, 0x2166ac, 0x053061 };

static const struct { const char *name; const unsigned *colours; int n; }
maps[] = {
	[IP_MAP_GRAY] = { "gray", gray, 2 },
	[IP_MAP_VIRIDIS] = { "viridis", viridis, 10 },
	[IP_MAP_MAGMA] = { "magma", magma, 10 },
	[IP_MAP_RDBU] = { "RdBu", rdbu, 11 },
};

#define MAPS (sizeof maps / sizeof *maps)

void ip_colormap_rgb(enum ip_colormap map, double t, unsigned char rgb[3])
{
	const unsigned *c = maps[map].colours;
	int last = maps[map].n - 1, i, k;
	double a, b;

	t = (t > 0 ? t < 1 ? t : 1 : 0) * last;
	i = (int)t < last ? (int)t : last - 1;
	t -= i;
	for (k = 0; k < 3; k++) {
		a = c[i] >> (16 - 8 * k) & 255;
		b = c[i + 1] >> (16 - 8 * k) & 255;
		rgb[k] = (unsigned char)(a + (b - a) * t + 0.5);
	}
}

int ip_colormap_parse(const char *name, enum ip_colormap *map)
{
	size_t i;

	for (i = 0; i < MAPS; i++)
		if (strcmp(maps[i].name, name) == 0) {
			*map = (enum ip_colormap)i;
			return 0;
		}
	return ip_fail(IP_ENOTFOUND, "colour map '%s': expected gray, viridis,"
		" magma or RdBu", name);
}
