/* Reading a file block by block, without its index. */
#include "../core/core.h"
#include "file.h"

#define ULL unsigned long long
#define PIECE 65536u	/* on the stack: workers come here */

int ip_ipt_crc_at(int fd, uint64_t offset, uint64_t size, uint32_t *crc)
{
	unsigned char p[PIECE];
	uint64_t n;
	int rc = 0;

	*crc = 0;
	while (rc == 0 && size > 0) {
		n = size < PIECE ? size : PIECE;
		rc = ip_ipt_pread(fd, p, n, offset);
		if (rc == 0)
			*crc = ip_crc32(*crc, p, (size_t)n);
		offset += n;
		size -= n;
	}
	return rc;
}

/*
 * From the file header on until something is not whole. Index blocks are
 * passed over: they only repeat what is found here.
 */
int ip_ipt_scan(struct ip_ipt *f)
{
	unsigned char head[IP_IPT_BLOCK];
	struct ip_ipt_blocks *l = &f->blocks;
	uint64_t at = IP_IPT_HEADER;
	struct ip_ipt_block b;
	uint32_t crc;
	int rc;

	while (at < f->size && f->size - at >= IP_IPT_BLOCK) {
		rc = ip_ipt_pread(f->fd, head, sizeof head, at);
		if (rc < 0)
			return ip_fail(rc, "%s: cannot be read", f->path);
		if (ip_ipt_block_get(head, f->size, &b) < 0 || b.offset != at)
			break;
		rc = ip_ipt_crc_at(f->fd, at + IP_IPT_BLOCK, b.size, &crc);
		if (rc < 0)
			return ip_fail(rc, "%s: cannot be read", f->path);
		if (crc != b.crc)
			break;
		if (b.type != IP_IPT_INDEX) {
			if (ip_grow(&l->b, &l->cap, l->count + 1, sizeof b) < 0)
				return IP_ENOMEM;
			l->b[l->count++] = b;
		}
		at = ip_ipt_align(at + IP_IPT_BLOCK + b.size);
	}
	if (l->count == 0)
		return ip_fail(IP_ETRUNCATED, "%s: nothing in it is whole",
			f->path);
	if (at < f->size)
		ip_warn("%s: recovered up to offset %llu; %llu bytes after it"
			" are lost", f->path, (ULL)at, (ULL)(f->size - at));
	else
		ip_warn("%s: recovered %zu whole blocks", f->path, l->count);
	return 0;
}
