/* Numbers as people type them. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "cli.h"

#define MAX_VALUES 1000000u	/* in one list */

int ip_cli_u64(const char *text, uint64_t *v)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return 1;
	errno = 0;
	*v = strtoull(text, &end, 10);
	return *end || errno;
}

int ip_cli_u64_pair(const char *text, char between, uint64_t v[2])
{
	const char *at = strchr(text, between);
	char first[24] = "";	/* no number has more than 20 digits */

	if (at && (size_t)(at - text) < sizeof first)
		memcpy(first, text, (size_t)(at - text));
	return !at || ip_cli_u64(first, &v[0]) || ip_cli_u64(at + 1, &v[1]);
}

/* strtod alone would take blanks, hexadecimal, "inf" and trailing text. */
static int real_until(const char **p, double *v)
{
	size_t n = strspn(*p, "0123456789+-.eE");
	char text[64], *end;

	if (n == 0 || n >= sizeof text)
		return 1;
	memcpy(text, *p, n);
	text[n] = '\0';
	*v = strtod(text, &end);
	if (*end || !isfinite(*v))
		return 1;
	*p += n;
	return 0;
}

int ip_cli_real(const char *text, double *v)
{
	double x;

	if (real_until(&text, &x) || *text)
		return 1;
	*v = x;
	return 0;
}

static int append(struct ip_reals *r, double first, double step, size_t n)
{
	double *v;
	size_t i;

	if (n > MAX_VALUES - r->count)
		return 1;
	v = realloc(r->v, (r->count + n) * sizeof *v);
	if (!v)
		return 1;
	r->v = v;
	for (i = 0; i < n; i++)
		v[r->count + i] = first + (double)i * step;
	r->count += n;
	return 0;
}

/* first:last:step; last counts where it is met up to rounding. */
static int range(const char **p, struct ip_reals *r, double first)
{
	double last, step, n;

	if (*(*p)++ != ':' || real_until(p, &last) || *(*p)++ != ':' ||
	    real_until(p, &step) || step == 0)
		return 1;
	n = floor((last - first) / step + 1e-9) + 1;
	if (!(n >= 1 && n <= MAX_VALUES))
		return 1;
	return append(r, first, step, (size_t)n);
}

int ip_cli_reals(const char *text, struct ip_reals *out)
{
	struct ip_reals r = { 0 };
	const char *p = text;
	double v;
	int bad;

	do {
		bad = real_until(&p, &v);
		if (!bad)
			bad = *p == ':' ? range(&p, &r, v) :
				append(&r, v, 0, 1);
	} while (!bad && *p == ',' && *++p);
	if (bad || *p || p == text || p[-1] == ',') {
		free(r.v);
		return 1;
	}
	free(out->v);
	*out = r;
	return 0;
}
