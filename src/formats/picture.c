/*
 * Pictures of numbers: panels in columns, each with a title above, the image,
 * a colour bar to its right and a scale bar below. Everything is measured in
 * `unit`, the size of a pixel of the font.
 */
#include <math.h>
#include <string.h>
#include "../core/core.h"
#include "font.h"
#include "number.h"
#include "picture.h"

#define SIDE_MAX 32767		/* of the raster */
#define PIXELS_MAX 700000000u	/* three bytes each must fit an int */
#define PITCH (IP_FONT_W + 1)

struct bar {
	double length;		/* Angstrom; 0: none */
	int pixels;
	char label[32];
};

struct layout {
	int zoom, unit, bare;
	int image_w, image_h;	/* in the raster */
	int title, scale;	/* heights above and below */
	int colours;		/* width to the right */
	int panel_w, panel_h, margin;
	size_t columns, rows;
};

/* ---- ink ---- */

static void fill(struct ip_canvas *c, int x, int y, int w, int h,
	const unsigned char rgb[3])
{
	int i, k;

	for (k = y < 0 ? 0 : y; k < y + h && k < c->h; k++)
		for (i = x < 0 ? 0 : x; i < x + w && i < c->w; i++)
			memcpy(c->rgb + 3 * ((size_t)k * (size_t)c->w +
				(size_t)i), rgb, 3);
}

static const unsigned char black[3] = { 0, 0, 0 };

/* At most room characters. */
static void write_text(struct ip_canvas *c, int x, int y, int unit,
	const char *text, int room)
{
	uint32_t ch;
	size_t n;
	int i, k;

	for (; room > 0 && (n = ip_font_next(text, &ch)) > 0; room--) {
		for (k = 0; k < IP_FONT_H; k++)
			for (i = 0; i < IP_FONT_W; i++)
				if (ip_font_pixel(ch, i, k))
					fill(c, x + i * unit, y + k * unit,
						unit, unit, black);
		x += PITCH * unit;
		text += n;
	}
}

static int text_width(const char *text, int unit)
{
	int n = (int)ip_font_length(text);

	return n ? (n * PITCH - 1) * unit : 0;
}

/* ---- what a panel holds ---- */

/* The longest of 1, 2, 5, 10, .. Angstrom within two fifths of the image. */
static void set_bar(struct bar *b, const struct layout *l, double width,
	double pixel_size)
{
	double room = 0.4 * width * pixel_size, ten;

	memset(b, 0, sizeof *b);
	if (!(pixel_size > 0) || !(room > 1e-3 && room < 1e9))
		return;
	ten = pow(10, floor(log10(room)));
	b->length = room >= 5 * ten ? 5 * ten : room >= 2 * ten ? 2 * ten : ten;
	b->pixels = (int)(b->length / pixel_size * l->zoom + 0.5);
	if (b->length >= 9.99)
		snprintf(b->label, sizeof b->label, "%g nm", b->length / 10);
	else
		snprintf(b->label, sizeof b->label, "%g \303\205", b->length);
	ip_number_point(b->label);
}

static void label(char out[32], double v)
{
	snprintf(out, 32, "%.4g", v);
	ip_number_point(out);
}

static int colours_width(const struct ip_picture_style *s, int unit)
{
	char lo[32], hi[32];
	int a, b;

	label(lo, s->lo);
	label(hi, s->hi);
	a = text_width(lo, unit);
	b = text_width(hi, unit);
	return 16 * unit + (a > b ? a : b);
}

static int set_layout(const char *what, struct layout *l,
	const struct ip_tensor *img, const struct ip_picture_style *s,
	size_t count, size_t columns)
{
	struct bar b;
	double w, h;
	size_t i;
	int n;

	l->zoom = s->zoom > 0 ? s->zoom : 1;
	w = (double)img->shape[0] * l->zoom;
	h = (double)img->shape[1] * l->zoom;
	if (w > SIDE_MAX || h > SIDE_MAX)
		return ip_fail(IP_ELIMIT, "%s: a picture of %g x %g pixels, at"
			" most %d a side", what, w, h, SIDE_MAX);
	l->image_w = l->panel_w = (int)w;
	l->image_h = (int)h;
	l->unit = w < 240 ? 1 : w < 960 ? 2 : 3;
	for (i = 0; i < count; i++) {
		if (s[i].title && *s[i].title)
			l->title = (IP_FONT_H + 4) * l->unit;
		set_bar(&b, l, (double)img->shape[0], s[i].pixel_size);
		if (!b.length)
			continue;
		l->scale = (IP_FONT_H + 5) * l->unit;
		n = b.pixels + text_width(b.label, l->unit) + 4 * l->unit;
		l->panel_w = n > l->panel_w ? n : l->panel_w;
	}
	for (i = 0; i < count && !l->bare; i++) {
		n = colours_width(&s[i], l->unit);
		l->colours = n > l->colours ? n : l->colours;
	}
	if (l->image_w + l->colours > l->panel_w)
		l->panel_w = l->image_w + l->colours;
	l->panel_h = l->title + l->image_h + l->scale;
	l->margin = l->bare ? 0 : 6 * l->unit;
	l->columns = columns < count ? columns : count;
	l->rows = (count + l->columns - 1) / l->columns;
	return 0;
}

static int new_canvas(const char *what, const struct layout *l,
	struct ip_canvas *c)
{
	double w = (double)l->columns * (l->panel_w + l->margin) + l->margin;
	double h = (double)l->rows * (l->panel_h + l->margin) + l->margin;

	if (w > SIDE_MAX || h > SIDE_MAX || w * h > PIXELS_MAX)
		return ip_fail(IP_ELIMIT, "%s: a picture of %g x %g pixels, at"
			" most %d a side and %u in all", what, w, h, SIDE_MAX,
			PIXELS_MAX);
	c->w = (int)w;
	c->h = (int)h;
	c->rgb = ip_alloc(3 * (size_t)c->w * (size_t)c->h);
	if (!c->rgb)
		return IP_ENOMEM;
	memset(c->rgb, 255, 3 * (size_t)c->w * (size_t)c->h);
	return 0;
}

/* ---- drawing a panel ---- */

static void draw_image(struct ip_canvas *c, int x, int y, int zoom,
	const double *v, size_t w, size_t h, const struct ip_picture_style *s)
{
	double scale = s->hi != s->lo ? 1 / (s->hi - s->lo) : 0, t;
	unsigned char rgb[3];
	size_t i, k;

	for (i = 0; i < w; i++)
		for (k = 0; k < h; k++) {
			/* halved: the range may be wider than a double */
			t = isfinite(scale) && scale ? (v[i * h + k] - s->lo) *
				scale : (v[i * h + k] / 2 - s->lo / 2) /
				(s->hi / 2 - s->lo / 2);
			ip_colormap_rgb(s->map, t, rgb);
			fill(c, x + (int)i * zoom, y + (int)k * zoom, zoom,
				zoom, rgb);
		}
}

static void draw_colours(struct ip_canvas *c, int x, int y,
	const struct layout *l, const struct ip_picture_style *s)
{
	int u = l->unit, w = 8 * u, h = l->image_h, k;
	unsigned char rgb[3];
	char text[32];

	x += 4 * u;
	for (k = 0; k < h; k++) {
		ip_colormap_rgb(s->map, h > 1 ? 1 - k / (h - 1.0) : 0, rgb);
		fill(c, x, y + k, w, 1, rgb);
	}
	x += w + 3 * u;
	label(text, s->hi);
	write_text(c, x, y, u, text, 32);
	if (h < (2 * IP_FONT_H + 2) * u)	/* one label only */
		return;
	label(text, s->lo);
	write_text(c, x, y + h - IP_FONT_H * u, u, text, 32);
}

static void draw_panel(struct ip_canvas *c, int x, int y,
	const struct layout *l, const struct ip_tensor *v,
	const struct ip_picture_style *s)
{
	int u = l->unit, room = (l->panel_w + u) / (PITCH * u);
	struct bar b;

	if (s->title)
		write_text(c, x, y + u, u, s->title, room);
	y += l->title;
	draw_image(c, x, y, l->zoom, v->data, v->shape[0], v->shape[1], s);
	if (!l->bare)
		draw_colours(c, x + l->image_w, y, l, s);
	y += l->image_h + 4 * u;
	set_bar(&b, l, (double)v->shape[0], s->pixel_size);
	if (b.length) {
		fill(c, x, y + 2 * u, b.pixels, 3 * u, black);
		write_text(c, x + b.pixels + 4 * u, y, u, b.label, 32);
	}
}

/* ---- the whole ---- */

static int check_image(const char *what, const struct ip_tensor *t,
	const struct ip_tensor *first)
{
	if (t->ndim != 2 || ip_tensor_count(t) == 0)
		return ip_fail(IP_EINVAL, "%s: an image has two dimensions"
			" that are not 0; this has %d dimensions and %zu"
			" elements", what, t->ndim, ip_tensor_count(t));
	if (t->dtype == IP_TEXT || t->dtype == IP_C64)
		return ip_fail(IP_EINVAL, "%s: %s cannot be drawn; give real"
			" numbers", what, ip_dtype_name(t->dtype));
	if (t->shape[0] != first->shape[0] || t->shape[1] != first->shape[1])
		return ip_fail(IP_EINVAL, "%s: panels of %zu x %zu and %zu x"
			" %zu pixels; they must be of one size", what,
			first->shape[0], first->shape[1], t->shape[0],
			t->shape[1]);
	return ip_tensor_check_finite(t, what);
}

static int set_range(const char *what, const struct ip_tensor *img,
	struct ip_picture_style *s)
{
	struct ip_tensor t = { 0 };
	const double *v;
	size_t i, n;
	int rc;

	if (!isfinite(s->lo) || !isfinite(s->hi) ||
	    !isfinite(s->pixel_size) || (unsigned)s->map > IP_MAP_RDBU)
		return ip_fail(IP_EINVAL, "%s: the range, the pixel size or"
			" the colour map is none", what);
	if (s->lo != s->hi)
		return 0;
	rc = ip_tensor_convert(&t, IP_F64, img);
	if (rc < 0)
		return rc;
	v = t.data;
	n = ip_tensor_count(&t);
	s->lo = s->hi = v[0];
	for (i = 1; i < n; i++) {
		s->lo = v[i] < s->lo ? v[i] : s->lo;
		s->hi = v[i] > s->hi ? v[i] : s->hi;
	}
	ip_tensor_free(&t);
	return 0;
}

static int draw_one(struct ip_canvas *c, const struct layout *l, size_t i,
	const struct ip_tensor *img, const struct ip_picture_style *s)
{
	struct ip_tensor t = { 0 };
	int x = l->margin + (int)(i % l->columns) * (l->panel_w + l->margin);
	int y = l->margin + (int)(i / l->columns) * (l->panel_h + l->margin);
	int rc;

	rc = ip_tensor_convert(&t, IP_F64, img);
	if (rc < 0)
		return rc;
	draw_panel(c, x, y, l, &t, s);
	ip_tensor_free(&t);
	return 0;
}

int ip_picture_draw(const char *what, const struct ip_tensor *img,
	struct ip_picture_style *style, size_t count, size_t columns, int bare,
	struct ip_canvas *out)
{
	struct layout l = { 0 };
	struct ip_canvas c = { 0 };
	size_t i;
	int rc = 0;

	if (count == 0 || columns == 0)
		return ip_fail(IP_EINVAL, "%s: no pictures or no columns",
			what);
	for (i = 0; i < count && rc == 0; i++)
		rc = check_image(what, &img[i], &img[0]);
	for (i = 0; i < count && rc == 0; i++)
		rc = set_range(what, &img[i], &style[i]);
	l.bare = bare;
	if (rc == 0)
		rc = set_layout(what, &l, img, style, count, columns);
	if (rc == 0)
		rc = new_canvas(what, &l, &c);
	for (i = 0; i < count && rc == 0; i++)
		rc = draw_one(&c, &l, i, &img[i], &style[i]);
	if (rc < 0)
		ip_free(c.rgb);
	else
		*out = c;
	return rc;
}
