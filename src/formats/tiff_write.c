/*
 * TIFF as ImageJ writes it, and without a library: it takes the pictures of a
 * stack to lie one behind the other, which libtiff would not do. All tables
 * come first; of a stack that does not fit 32-bit offsets there is, as from
 * ImageJ, one table for the first picture.
 */
#include <math.h>
#include <string.h>
#include <iphase/formats.h>
#include "bytes.h"
#include "rows.h"

#define ENTRIES 14
#define TABLE (2 + 12 * ENTRIES + 4)
#define HEAD 8

enum { SHORT = 3, LONG = 4, ASCII = 2, RATIONAL = 5 };

struct out {
	size_t dim[3];
	uint32_t bytes;		/* of a picture */
	size_t tables;
	char text[128];		/* the description */
	uint32_t resolution[4];	/* pixels in a unit: two fractions */
	uint32_t first;		/* offset of the pictures */
};

/* v as a fraction, to 1e-9. */
static void put_fraction(uint32_t r[2], double v)
{
	if (v < 1) {
		r[0] = (uint32_t)floor(v * UINT32_MAX);
		r[1] = (uint32_t)floor(r[0] / v + 0.5);
	} else {
		r[1] = (uint32_t)floor(UINT32_MAX / v);
		r[0] = (uint32_t)floor(r[1] * v + 0.5);
	}
}

/* Unit and resolution: of pixels of 0.1 um or more it is the micron. */
static int set_scale(struct out *o, const char *path, const double *size)
{
	double angstrom;
	int i;

	if (!size) {
		o->resolution[0] = o->resolution[1] = 1;
		o->resolution[2] = o->resolution[3] = 1;
		return 0;
	}
	angstrom = size[0] < 1e3 ? 10 : 1e4;
	for (i = 0; i < 2; i++) {
		if (!(size[i] >= 1e-5 && size[i] <= 1e9))
			return ip_fail(IP_EINVAL, "%s: pixels of %g Angstrom,"
				" expected 1e-5 to 1e9", path, size[i]);
		put_fraction(o->resolution + 2 * i, angstrom / size[i]);
	}
	return 0;
}

static int plan(struct out *o, const char *path, const struct ip_tensor *t,
	const double *size)
{
	uint64_t bytes;
	int rc = ip_rows_check(path, t, o->dim);

	if (rc == 0)
		rc = set_scale(o, path, size);
	if (rc < 0)
		return rc;
	bytes = 4 * (uint64_t)o->dim[0] * o->dim[1];
	if (bytes > UINT32_MAX)
		return ip_fail(IP_ELIMIT, "%s: %zu x %zu pixels: a TIFF file's"
			" picture has at most 4 GiB; write .npy or .ipt",
			path, o->dim[0], o->dim[1]);
	o->bytes = (uint32_t)bytes;
	snprintf(o->text, sizeof o->text, "ImageJ=1.53t\nimages=%zu\n"
		"slices=%zu\n%sloop=false\n", o->dim[2], o->dim[2], !size ?
		"" : size[0] < 1e3 ? "unit=nm\n" : "unit=micron\n");
	o->tables = o->dim[2] <= (UINT32_MAX - 4096) / (bytes + TABLE) ?
		o->dim[2] : 1;
	/* description and fractions lie between tables and pictures */
	o->first = (uint32_t)(HEAD + o->tables * TABLE + sizeof o->text +
		sizeof o->resolution + 15) / 16 * 16;
	return 0;
}

static unsigned char *put_entry(unsigned char *p, unsigned tag, unsigned type,
	uint32_t count, uint32_t v)
{
	p = put16(put16(p, tag), type);
	p = put32(p, count);
	return type == SHORT ? put16(put16(p, v), 0) : put32(p, v);
}

/* Entries stand in the order of their tags. */
static void put_table(unsigned char *p, const struct out *o, size_t i)
{
	uint32_t text = (uint32_t)(HEAD + o->tables * TABLE);
	uint32_t ratio = text + (uint32_t)sizeof o->text;

	p = put16(p, ENTRIES);
	p = put_entry(p, 254, LONG, 1, 0);		/* a full picture */
	p = put_entry(p, 256, LONG, 1, (uint32_t)o->dim[0]);
	p = put_entry(p, 257, LONG, 1, (uint32_t)o->dim[1]);
	p = put_entry(p, 258, SHORT, 1, 32);		/* bits */
	p = put_entry(p, 262, SHORT, 1, 1);		/* 0 is black */
	p = put_entry(p, 270, ASCII, (uint32_t)strlen(o->text) + 1, text);
	p = put_entry(p, 273, LONG, 1, o->first + (uint32_t)i * o->bytes);
	p = put_entry(p, 277, SHORT, 1, 1);		/* gray */
	p = put_entry(p, 278, LONG, 1, (uint32_t)o->dim[1]);
	p = put_entry(p, 279, LONG, 1, o->bytes);
	p = put_entry(p, 282, RATIONAL, 1, ratio);
	p = put_entry(p, 283, RATIONAL, 1, ratio + 8);
	p = put_entry(p, 296, SHORT, 1, 1);		/* no inch */
	p = put_entry(p, 339, SHORT, 1, 3);		/* floating point */
	put32(p, i + 1 < o->tables ? (uint32_t)(HEAD + (i + 1) * TABLE) : 0);
}

static int put_tables(struct ip_outfile *f, const struct out *o)
{
	unsigned char b[TABLE] = "II*\0\10\0\0";
	size_t i, at;
	int rc;

	rc = ip_outfile_write(f, b, HEAD);
	for (i = 0; i < o->tables && rc == 0; i++) {
		put_table(b, o, i);
		rc = ip_outfile_write(f, b, TABLE);
	}
	if (rc == 0)
		rc = ip_outfile_write(f, o->text, sizeof o->text);
	memset(b, 0, sizeof b);
	for (i = 0; i < 4; i++)
		put32(b + 4 * i, o->resolution[i]);
	at = HEAD + o->tables * TABLE + sizeof o->text;
	return rc < 0 ? rc : ip_outfile_write(f, b, o->first - at);
}

int ip_tiff_write(const char *path, const struct ip_tensor *t,
	const double *pixel_size)
{
	struct out o = { 0 };
	struct ip_outfile *f;
	int rc = plan(&o, path, t, pixel_size);

	if (rc == 0)
		rc = ip_outfile_open(&f, path);
	if (rc < 0)
		return rc;
	rc = put_tables(f, &o);
	if (rc == 0)
		rc = ip_rows_write(f, t, NULL);
	if (rc < 0) {
		ip_outfile_abort(f);
		return rc;
	}
	return ip_outfile_commit(f);
}
