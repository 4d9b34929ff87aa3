/* What detectors sum, sorted for sums of one channel each. */
#include <string.h>
#include "entries.h"

static size_t keys_of(const struct ip_pixels *p, size_t rows)
{
	return pieces_of(p->rows, rows) * p->channels;
}

static size_t count_of(const struct ip_pixels *p)
{
	return p->rows ? p->first[p->rows] - p->first[0] : 0;
}

size_t ip_cl_entries_size(const struct ip_pixels *p, size_t rows)
{
	return (keys_of(p, rows) + 1 + count_of(p)) * sizeof(uint32_t) +
		count_of(p) * sizeof(ip_real);
}

void ip_cl_entries(void *to, const struct ip_pixels *p, size_t rows,
	int pixels)
{
	size_t keys = keys_of(p, rows), count = count_of(p), r, e, k;
	uint32_t *start = to, *of = start + keys + 1;
	char *weight = (char *)(of + count);

	/* how many; where each key's end is; one by one from there back */
	memset(start, 0, (keys + 1) * sizeof *start);
	for (r = 0; r < p->rows; r++)
		for (e = p->first[r]; e < p->first[r + 1]; e++)
			start[r / rows * p->channels + p->channel[e]]++;
	for (k = 1; k <= keys; k++)
		start[k] += start[k - 1];
	for (r = p->rows; r-- > 0;)
		for (e = p->first[r + 1]; e-- > p->first[r];) {
			k = r / rows * p->channels + p->channel[e];
			k = --start[k];
			of[k] = pixels ? p->pixel[r] : (uint32_t)r;
			memcpy(weight + k * sizeof(ip_real), &p->weight[e],
				sizeof(ip_real));
		}
}

void ip_cl_entries_arg(struct ip_cl_call *c, const struct ip_buf *at,
	const struct ip_pixels *p, size_t rows)
{
	ip_cl_buf(c, at);
	ip_cl_size(c, keys_of(p, rows));
}
