/* A writer of Digital Micrograph's files: see dm.h. */
#include "formats/bytes.h"
#include "support/dm.h"
#include "support/support.h"

static unsigned char *room(struct ip_test_dm *d, size_t n)
{
	if (d->n + n > d->room) {
		d->room = 2 * (d->n + n);
		d->p = realloc(d->p, d->room);
		assert_non_null(d->p);
	}
	d->n += n;
	return d->p + d->n - n;
}

static void put_big(unsigned char *p, uint64_t v, size_t n)
{
	for (; n; v >>= 8)
		p[--n] = (unsigned char)v;
}

static void count(struct ip_test_dm *d, uint64_t v)
{
	size_t n = d->version == 4 ? 8 : 4;

	put_big(room(d, n), v, n);
}

/* Numbers of size bytes in the order of the file. */
static void numbers(struct ip_test_dm *d, const void *v, size_t n, size_t size)
{
	unsigned char *p = room(d, n * size);

	memcpy(p, v, n * size);
	if (d->little != host_little())
		swap_words(p, n, size);
}

static void tag(struct ip_test_dm *d, int kind, const char *name)
{
	size_t n = strlen(name);

	*room(d, 1) = (unsigned char)kind;
	put_big(room(d, 2), n, 2);
	memcpy(room(d, n), name, n);
	assert_true(d->depth < 16);
	d->open[d->depth++] = d->n;
	if (d->version == 4)
		count(d, 0);	/* put in when it is known */
}

void ip_test_dm_close(struct ip_test_dm *d)
{
	size_t at = d->open[--d->depth];

	if (d->version == 4)
		put_big(d->p + at, d->n - at - 8, 8);
}

static void flags(struct ip_test_dm *d, unsigned tags)
{
	memcpy(room(d, 2), "\1\0", 2);
	count(d, tags);
}

void ip_test_dm_begin(struct ip_test_dm *d, int version, int little,
	unsigned tags)
{
	memset(d, 0, sizeof *d);
	d->version = version;
	d->little = little;
	put_big(room(d, 4), (uint64_t)version, 4);
	count(d, 0);
	put_big(room(d, 4), (uint64_t)little, 4);
	flags(d, tags);
}

unsigned char *ip_test_dm_end(struct ip_test_dm *d, size_t *n)
{
	assert_int_equal(d->depth, 0);
	memset(room(d, 8), 0, 8);
	if (d->version == 4)
		put_big(d->p + 4, d->n - 24, 8);
	else
		put_big(d->p + 4, d->n - 16, 4);
	*n = d->n;
	return d->p;
}

void ip_test_dm_group(struct ip_test_dm *d, const char *name, unsigned tags)
{
	tag(d, 20, name);
	flags(d, tags);
}

void ip_test_dm_number(struct ip_test_dm *d, const char *name, int type,
	double v)
{
	union { int16_t i2; int32_t i4; uint16_t u2; uint32_t u4; float f4;
		double f8; int64_t i8; uint64_t u8; unsigned char c; } u;
	size_t n = 1;

	switch (type) {
	case 2: u.i2 = (int16_t)v; n = 2; break;
	case 3: u.i4 = (int32_t)v; n = 4; break;
	case 4: u.u2 = (uint16_t)v; n = 2; break;
	case 5: u.u4 = (uint32_t)v; n = 4; break;
	case 6: u.f4 = (float)v; n = 4; break;
	case 7: u.f8 = v; n = 8; break;
	case 11: u.i8 = (int64_t)v; n = 8; break;
	case 12: u.u8 = (uint64_t)v; n = 8; break;
	default: u.c = (unsigned char)v;
	}
	tag(d, 21, name);
	memcpy(room(d, 4), "%%%%", 4);
	count(d, 1);
	count(d, (uint64_t)type);
	numbers(d, &u, 1, n);
	ip_test_dm_close(d);
}

void ip_test_dm_array(struct ip_test_dm *d, const char *name, int type,
	int parts, size_t n, const void *v, size_t size)
{
	tag(d, 21, name);
	memcpy(room(d, 4), "%%%%", 4);
	count(d, parts == 2 ? 9 : 3);
	count(d, 20);
	if (parts == 2) {	/* a struct, its name's length, 2 fields */
		count(d, 15);
		count(d, 0);
		count(d, 2);
		count(d, 0);
		count(d, (uint64_t)type);
		count(d, 0);
	}
	count(d, (uint64_t)type);
	count(d, n);
	numbers(d, v, n * (size_t)parts, size);
	ip_test_dm_close(d);
}

void ip_test_dm_text(struct ip_test_dm *d, const char *name,
	const unsigned short *text)
{
	size_t n = 0;

	while (text[n])
		n++;
	ip_test_dm_array(d, name, 4, 1, n, text, 2);
}

/* ---- a file ---- */

struct picture {
	int kind, type, parts;
	size_t size, dim[3];
	int axes;
	const void *v;
	double scale;
	const unsigned short *unit, *name;
};

static void put_calibration(struct ip_test_dm *d, const struct picture *m)
{
	int i;

	ip_test_dm_group(d, "Calibrations", 1);
	ip_test_dm_group(d, "Dimension", (unsigned)m->axes);
	for (i = 0; i < m->axes; i++) {
		ip_test_dm_group(d, "", 3);
		ip_test_dm_number(d, "Origin", 6, 0);
		ip_test_dm_number(d, "Scale", 6, i < 2 ? m->scale : 1);
		ip_test_dm_text(d, "Units", m->unit);
		ip_test_dm_close(d);
	}
	ip_test_dm_close(d);
	ip_test_dm_close(d);
}

static void put_picture(struct ip_test_dm *d, const struct picture *m)
{
	size_t n = 1;
	int i;

	ip_test_dm_group(d, "", 3);
	ip_test_dm_group(d, "ImageData", 4);
	put_calibration(d, m);
	for (i = 0; i < m->axes; i++)
		n *= m->dim[i];
	ip_test_dm_array(d, "Data", m->type, m->parts, n, m->v, m->size);
	ip_test_dm_number(d, "DataType", 5, m->kind);
	ip_test_dm_group(d, "Dimensions", (unsigned)m->axes);
	for (i = 0; i < m->axes; i++)
		ip_test_dm_number(d, "", 5, (double)m->dim[i]);
	ip_test_dm_close(d);
	ip_test_dm_close(d);
	ip_test_dm_group(d, "ImageTags", 1);
	ip_test_dm_group(d, "Microscope Info", 2);
	ip_test_dm_number(d, "Voltage", 6, 200000);
	ip_test_dm_number(d, "A name longer than any that is read", 8, 1);
	ip_test_dm_close(d);
	ip_test_dm_close(d);
	ip_test_dm_text(d, "Name", m->name);
	ip_test_dm_close(d);
}

unsigned char *ip_test_dm_file(int version, int little, size_t *n)
{
	static const unsigned short nm[] = { 'n', 'm', 0 };
	static const unsigned short um[] = { 0xb5, 'm', 0 };
	static const unsigned short inverse[] = { '1', '/', 'n', 'm', 0 };
	static const unsigned short haadf[] = { 'H', 'A', 'A', 'D', 'F', 0 };
	static const unsigned short fft[] = { 'F', 'F', 'T', 0 }, none[] = { 0 };
	static const uint32_t small[4] = { 1, 2, 3, 4 };
	static const uint16_t u2[6] = { 0, 10, 20, 1, 11, 21 };
	static const float f4[8] = { 0, .5f, .25f, .75f, 1, 1.5f, 1.25f,
		1.75f };
	static const float c8[8] = { 0, 0, 1, 0, 0, 1, 1, 1 };
	const struct picture pictures[] = {
		{ 23, 5, 1, 4, { 2, 2, 1 }, 2, small, 1, none, none },
		{ 10, 4, 1, 2, { 3, 2, 1 }, 2, u2, 0.02, nm, haadf },
		{ 2, 6, 1, 4, { 2, 2, 2 }, 3, f4, 3e-5, um, haadf },
		{ 3, 6, 2, 4, { 2, 2, 1 }, 2, c8, 0.5, inverse, fft },
	};
	struct ip_test_dm d;
	int i;

	ip_test_dm_begin(&d, version, little, 3);
	ip_test_dm_number(&d, "ApplicationBounds", 11, -1);
	ip_test_dm_group(&d, "ImageList", 4);
	for (i = 0; i < 4; i++)
		put_picture(&d, &pictures[i]);
	ip_test_dm_close(&d);
	ip_test_dm_group(&d, "Thumbnails", 1);
	ip_test_dm_group(&d, "", 1);
	ip_test_dm_number(&d, "ImageIndex", 5, 0);
	ip_test_dm_close(&d);
	ip_test_dm_close(&d);
	return ip_test_dm_end(&d, n);
}
