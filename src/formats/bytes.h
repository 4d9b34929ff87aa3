/* Integers in a byte string, and the byte order of this machine. */
#ifndef IP_FORMATS_BYTES_H
#define IP_FORMATS_BYTES_H

#include <stddef.h>
#include <stdint.h>

static inline uint16_t le16(const unsigned char *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t le32(const unsigned char *p)
{
	return (uint32_t)le16(p) | (uint32_t)le16(p + 2) << 16;
}

static inline uint64_t le64(const unsigned char *p)
{
	return (uint64_t)le32(p) | (uint64_t)le32(p + 4) << 32;
}

static inline uint32_t be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
		(uint32_t)p[2] << 8 | p[3];
}

static inline unsigned char *put16(unsigned char *p, unsigned v)
{
	p[0] = (unsigned char)(v & 255);
	p[1] = (unsigned char)(v >> 8 & 255);
	return p + 2;
}

static inline unsigned char *put32(unsigned char *p, uint32_t v)
{
	return put16(put16(p, v & 0xffff), v >> 16);
}

static inline unsigned char *put64(unsigned char *p, uint64_t v)
{
	return put32(put32(p, (uint32_t)v), (uint32_t)(v >> 32));
}

static inline int host_little(void)
{
	const union { uint16_t v; unsigned char b[2]; } one = { 1 };

	return one.b[0];
}

/* Turn the bytes of n words of size bytes round. */
static inline void swap_words(void *data, size_t n, size_t size)
{
	unsigned char *p = data, c;
	size_t i, k;

	if (size < 2)
		return;
	for (i = 0; i < n; i++, p += size)
		for (k = 0; k < size / 2; k++) {
			c = p[k];
			p[k] = p[size - 1 - k];
			p[size - 1 - k] = c;
		}
}

#endif
