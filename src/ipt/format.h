/* The bytes of .ipt; ipt(5) says what they mean. */
#ifndef IP_IPT_FORMAT_H
#define IP_IPT_FORMAT_H

#include <stddef.h>
#include <stdint.h>
#include <iphase/bundle.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "iphase reads and writes .ipt on little-endian machines only so far"
#endif

enum {
	IP_IPT_VERSION = 1,
	IP_IPT_HEADER = 128,		/* bytes of the file header */
	IP_IPT_FIXED = 32,		/* its part that never changes */
	IP_IPT_SLOT = 32,		/* one of two commit records */
	IP_IPT_BLOCK = 64,		/* bytes of a block header; alignment */
	IP_IPT_NAME_MAX = 255,
	IP_IPT_ATTRS_MAX = 4096,	/* in one set */
	IP_IPT_TENSORS_MAX = 65536,
	IP_IPT_CHUNK = 1 << 20,		/* bytes the writer aims at */
	IP_IPT_RATIO = 1032		/* deflate cannot do better */
};

#define IP_IPT_META_MAX ((uint64_t)1 << 26)	/* attributes, declaration */
#define IP_IPT_RAW_MAX ((uint64_t)1 << 30)	/* of a compressed chunk */

enum ip_ipt_type { IP_IPT_ATTRS = 1, IP_IPT_TENSOR, IP_IPT_CHUNKS,
	IP_IPT_INDEX };
enum ip_ipt_codec { IP_IPT_STORED = 0, IP_IPT_SHUFFLE_ZLIB = 1 };
enum { IP_IPT_GROWS = 1 };		/* flag of a tensor */

/* A block header, decoded. */
struct ip_ipt_block {
	uint32_t type, id, codec, crc;
	uint64_t size;		/* payload bytes in the file */
	uint64_t raw;		/* payload bytes unpacked */
	uint64_t first, count;	/* elements; index: previous index, entries */
	uint64_t offset;	/* of this header in the file */
};

struct ip_ipt_commit {
	uint64_t index, end, serial;
};

static inline void ip_put32(unsigned char *p, uint32_t v)
{
	int i;

	for (i = 0; i < 4; i++)
		p[i] = (unsigned char)(v >> 8 * i);
}

static inline void ip_put64(unsigned char *p, uint64_t v)
{
	ip_put32(p, (uint32_t)v);
	ip_put32(p + 4, (uint32_t)(v >> 32));
}

static inline uint32_t ip_get32(const unsigned char *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
		(uint32_t)p[3] << 24;
}

static inline uint64_t ip_get64(const unsigned char *p)
{
	return ip_get32(p) | (uint64_t)ip_get32(p + 4) << 32;
}

/* The next multiple of 64. */
static inline uint64_t ip_ipt_align(uint64_t n)
{
	return (n + IP_IPT_BLOCK - 1) / IP_IPT_BLOCK * IP_IPT_BLOCK;
}

uint32_t ip_crc32(uint32_t crc, const void *p, size_t n);	/* start: 0 */

void ip_ipt_header_put(unsigned char *p);	/* IP_IPT_HEADER bytes */
/* IP_OK, IP_EFORMAT (not this format), IP_ECHECKSUM, IP_ENOTSUP. */
int ip_ipt_header_check(const unsigned char *p, uint32_t *version,
	uint32_t *features);
void ip_ipt_slot_put(unsigned char *p, const struct ip_ipt_commit *c);
/* 1 valid, 0 unused, IP_ECHECKSUM. */
int ip_ipt_slot_get(const unsigned char *p, struct ip_ipt_commit *c);
void ip_ipt_block_put(unsigned char *p, const struct ip_ipt_block *b);
/*
 * IP_ECHECKSUM if it is no whole header. IP_EFORMAT if it is one that cannot
 * be: a field out of its range, or a payload that does not fit below end.
 */
int ip_ipt_block_get(const unsigned char *p, uint64_t end,
	struct ip_ipt_block *b);

/* ---- payloads ---- */

/* The bytes of a payload, growing. */
struct ip_bytes {
	unsigned char *p;
	size_t n, cap;
};
int ip_bytes_add(struct ip_bytes *b, const void *p, size_t n);

int ip_ipt_attrs_put(struct ip_bytes *b, const struct ip_attrs *a);
int ip_ipt_tensor_put(struct ip_bytes *b, const char *name,
	const struct ip_tensor *t, int flags, const struct ip_attrs *a);
/* Silent but for IP_ENOMEM; IP_EFORMAT is the caller's to report. */
int ip_ipt_attrs_get(const unsigned char *p, size_t n, struct ip_attrs *a);
/* Name, attributes, dtype and shape; no data. */
int ip_ipt_tensor_get(const unsigned char *p, size_t n, struct ip_item *item,
	int *flags);

/* ---- chunks: silent, for workers ---- */

/* Unit of the byte shuffle: the type's size, 4 for complex64. */
size_t ip_ipt_unit(enum ip_dtype dtype);
size_t ip_ipt_pack_bound(size_t raw);
/*
 * Shuffle and deflate raw bytes of src into dst (ip_ipt_pack_bound bytes);
 * tmp: raw bytes. *size is 0 when stored is smaller.
 */
int ip_ipt_pack(unsigned char *dst, size_t *size, unsigned char *tmp,
	const unsigned char *src, size_t raw, size_t unit);
int ip_ipt_unpack(unsigned char *dst, size_t raw, unsigned char *tmp,
	const unsigned char *src, size_t size, size_t unit);

#endif
