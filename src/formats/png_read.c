/*
 * Gray PNG through stb_image, which takes checksums on trust and memory as
 * the header says: both are looked at before.
 */
#include <string.h>
#include <zlib.h>
#include <iphase/formats.h>
#include "../core/core.h"
#include "bytes.h"
#include "stb_read.h"

#define SIDE_MAX 16384u
#define FILE_MAX ((size_t)1 << 30)

struct png {
	const char *path;
	unsigned char *data;
	size_t n;
	uint32_t w, h;
	unsigned depth, colour;
	uint64_t packed;	/* bytes of image data */
};

static int check_header(struct png *p)
{
	const unsigned char *b = p->data + 16;

	if (p->n < 33 || memcmp(p->data, "\211PNG\r\n\032\n", 8) != 0 ||
	    memcmp(p->data + 8, "\0\0\0\15IHDR", 8) != 0)
		return ip_fail(p->n < 33 ? IP_ETRUNCATED : IP_EFORMAT,
			"%s: not a PNG file: no PNG header", p->path);
	p->w = be32(b);
	p->h = be32(b + 4);
	p->depth = b[8];
	p->colour = b[9];
	if (p->w == 0 || p->h == 0 || p->w > SIDE_MAX || p->h > SIDE_MAX)
		return ip_fail(IP_ELIMIT, "%s: %lu x %lu pixels, expected 1 to"
			" %u a side", p->path, (unsigned long)p->w,
			(unsigned long)p->h, SIDE_MAX);
	if (p->colour != 0)
		return ip_fail(IP_ENOTSUP, "%s: a picture with %s, expected"
			" gray of 8 or 16 bits; convert it (magick %s"
			" -colorspace Gray -alpha off gray.png)", p->path,
			p->colour == 4 ? "transparency" : "colours", p->path);
	if (p->depth != 8 && p->depth != 16)
		return ip_fail(IP_ENOTSUP, "%s: %u bits a pixel, expected 8 or"
			" 16; save it as 8 bit gray", p->path, p->depth);
	return 0;
}

static int cut(const struct png *p, size_t at)
{
	return ip_fail(IP_ETRUNCATED, "%s: offset %zu: the file ends inside a"
		" part of the picture", p->path, at);
}

/* Every chunk has its length, type, data and checksum; IEND is the last. */
static int check_chunks(struct png *p)
{
	const unsigned char *b;
	size_t at = 8, n;
	int end = 0;

	for (; !end; at += 12 + n) {
		if (p->n - at < 12)
			return cut(p, at);
		b = p->data + at;
		n = be32(b);
		if (n > p->n - at - 12)
			return cut(p, at);
		if (crc32(crc32(0, NULL, 0), b + 4, (uInt)n + 4) !=
		    be32(b + 8 + n))
			return ip_fail(IP_ECHECKSUM, "%s: offset %zu: the"
				" checksum of a part is wrong; the file is"
				" damaged", p->path, at);
		if (memcmp(b + 4, "IDAT", 4) == 0)
			p->packed += n;
		if (memcmp(b + 4, "tRNS", 4) == 0)
			return ip_fail(IP_ENOTSUP, "%s: a picture with"
				" transparency, expected plain gray",
				p->path);
		end = memcmp(b + 4, "IEND", 4) == 0;
	}
	if (at != p->n)
		return ip_fail(IP_EFORMAT, "%s: offset %zu: %zu bytes follow"
			" the picture", p->path, at, p->n - at);
	n = (size_t)p->w * p->h * (p->depth / 8);
	if (n / 1032 > p->packed)	/* more than deflate can pack */
		return ip_fail(IP_EFORMAT, "%s: %lu x %lu pixels cannot come"
			" out of %llu bytes", p->path, (unsigned long)p->w,
			(unsigned long)p->h, (unsigned long long)p->packed);
	return 0;
}

/* Rows from the top into [x, y]. */
static void transpose(const struct png *p, const void *pixels, float *out)
{
	const unsigned char *b1 = pixels;
	const uint16_t *b2 = pixels;
	size_t x, y, k;

	for (x = 0; x < p->w; x++)
		for (y = 0; y < p->h; y++) {
			k = y * p->w + x;
			*out++ = p->depth == 16 ? b2[k] : b1[k];
		}
}

static int decode(const struct png *p, struct ip_tensor *img)
{
	size_t shape[2] = { p->w, p->h };
	int w = 0, h = 0, comp = 0, n = (int)p->n, rc;
	void *pixels;

	if (p->depth == 16)
		pixels = stbi_load_16_from_memory(p->data, n, &w, &h, &comp, 1);
	else
		pixels = stbi_load_from_memory(p->data, n, &w, &h, &comp, 1);
	if (!pixels || w != (int)p->w || h != (int)p->h || comp != 1) {
		stbi_image_free(pixels);
		return ip_fail(IP_EFORMAT, "%s: the picture cannot be decoded;"
			" the file is damaged, or memory is out", p->path);
	}
	rc = ip_tensor_new(img, IP_F32, 2, shape);
	if (rc == 0)
		transpose(p, pixels, img->data);
	stbi_image_free(pixels);
	return rc;
}

int ip_png_read(const char *path, struct ip_tensor *img)
{
	struct png p = { 0 };
	char *data;
	int rc;

	rc = ip_file_read(path, FILE_MAX, &data, &p.n);
	if (rc < 0)
		return rc;
	p.path = path;
	p.data = (unsigned char *)data;
	rc = check_header(&p);
	if (rc == 0)
		rc = check_chunks(&p);
	if (rc == 0)
		rc = decode(&p, img);
	ip_free(data);
	return rc;
}
