/* File header, commit records and block headers. */
#include <string.h>
#include <zlib.h>
#include <iphase/status.h>
#include "format.h"

static const unsigned char magic[8] = {
	0x89, 'I', 'P', 'T', '\r', '\n', 0x1a, '\n'
};
static const unsigned char block_magic[4] = { 'I', 'P', 'T', 'B' };

uint32_t ip_crc32(uint32_t crc, const void *p, size_t n)
{
	return (uint32_t)crc32_z(crc, p, n);
}

void ip_ipt_header_put(unsigned char *p)
{
	memset(p, 0, IP_IPT_HEADER);
	memcpy(p, magic, sizeof magic);
	ip_put32(p + 8, IP_IPT_VERSION);
	ip_put32(p + 12, 0);
	ip_put32(p + 28, ip_crc32(0, p, 28));
}

int ip_ipt_header_check(const unsigned char *p, uint32_t *version,
	uint32_t *features)
{
	*version = ip_get32(p + 8);
	*features = ip_get32(p + 12);
	if (memcmp(p, magic, sizeof magic) != 0)
		return IP_EFORMAT;
	if (ip_get32(p + 28) != ip_crc32(0, p, 28))
		return IP_ECHECKSUM;
	return *version != IP_IPT_VERSION || *features ? IP_ENOTSUP : 0;
}

void ip_ipt_slot_put(unsigned char *p, const struct ip_ipt_commit *c)
{
	ip_put64(p, c->index);
	ip_put64(p + 8, c->end);
	ip_put64(p + 16, c->serial);
	ip_put32(p + 24, 0);
	ip_put32(p + 28, ip_crc32(0, p, 28));
}

int ip_ipt_slot_get(const unsigned char *p, struct ip_ipt_commit *c)
{
	static const unsigned char unused[IP_IPT_SLOT];

	if (memcmp(p, unused, sizeof unused) == 0)
		return 0;
	if (ip_get32(p + 28) != ip_crc32(0, p, 28))
		return IP_ECHECKSUM;
	c->index = ip_get64(p);
	c->end = ip_get64(p + 8);
	c->serial = ip_get64(p + 16);
	return 1;
}

void ip_ipt_block_put(unsigned char *p, const struct ip_ipt_block *b)
{
	memcpy(p, block_magic, sizeof block_magic);
	ip_put32(p + 4, b->type);
	ip_put64(p + 8, b->offset);
	ip_put64(p + 16, b->size);
	ip_put64(p + 24, b->raw);
	ip_put64(p + 32, b->first);
	ip_put64(p + 40, b->count);
	ip_put32(p + 48, b->id);
	ip_put32(p + 52, b->codec);
	ip_put32(p + 56, b->crc);
	ip_put32(p + 60, ip_crc32(0, p, 60));
}

/* What holds for each type, whatever the tensor. */
static int possible(const struct ip_ipt_block *b)
{
	if (b->codec == IP_IPT_STORED && b->raw != b->size)
		return 0;
	switch (b->type) {
	case IP_IPT_ATTRS:
	case IP_IPT_TENSOR:
		return b->codec == IP_IPT_STORED && b->size <= IP_IPT_META_MAX;
	case IP_IPT_INDEX:
		return b->codec == IP_IPT_STORED &&
			b->size % IP_IPT_BLOCK == 0 &&
			b->size / IP_IPT_BLOCK == b->count &&
			b->first < b->offset && b->first % IP_IPT_BLOCK == 0;
	case IP_IPT_CHUNKS:
		if (b->codec == IP_IPT_SHUFFLE_ZLIB &&
		    (b->raw > IP_IPT_RAW_MAX ||
		     b->raw / IP_IPT_RATIO > b->size))
			return 0;
		return b->codec <= IP_IPT_SHUFFLE_ZLIB && b->count > 0 &&
			b->first <= INT64_MAX && b->count <= INT64_MAX;
	}
	return 0;
}

int ip_ipt_block_get(const unsigned char *p, uint64_t end,
	struct ip_ipt_block *b)
{
	if (memcmp(p, block_magic, sizeof block_magic) != 0 ||
	    ip_get32(p + 60) != ip_crc32(0, p, 60))
		return IP_ECHECKSUM;
	b->type = ip_get32(p + 4);
	b->offset = ip_get64(p + 8);
	b->size = ip_get64(p + 16);
	b->raw = ip_get64(p + 24);
	b->first = ip_get64(p + 32);
	b->count = ip_get64(p + 40);
	b->id = ip_get32(p + 48);
	b->codec = ip_get32(p + 52);
	b->crc = ip_get32(p + 56);
	if (b->offset % IP_IPT_BLOCK || b->offset < IP_IPT_HEADER ||
	    b->offset > end || end - b->offset < IP_IPT_BLOCK ||
	    b->size > end - b->offset - IP_IPT_BLOCK)
		return IP_EFORMAT;
	return possible(b) ? 0 : IP_EFORMAT;
}
