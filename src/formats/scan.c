/* Reading text: words, numbers, and where they were. */
#include <math.h>
#include <stdint.h>
#include <string.h>
#include "../core/core.h"
#include "number.h"
#include "scan.h"

#define FILE_MAX ((size_t)1 << (sizeof(size_t) > 4 ? 36 : 30))

int ip_scan_open(struct ip_scan *s, const char *path)
{
	size_t n;
	int rc;

	memset(s, 0, sizeof *s);
	rc = ip_file_read(path, FILE_MAX, &s->data, &n);
	if (rc < 0)
		return rc;
	s->path = path;
	s->p = s->line_start = s->data;
	s->end = s->data + n;
	s->line = 1;
	return 0;
}

void ip_scan_close(struct ip_scan *s)
{
	ip_free(s->data);
	memset(s, 0, sizeof *s);
}

static int blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static void skip(struct ip_scan *s)
{
	while (s->p < s->end && blank(*s->p))
		s->p++;
}

int ip_scan_bad(const struct ip_scan *s, const char *expected)
{
	size_t column = (size_t)(s->p - s->line_start) + 1, n = 0;

	if (s->p == s->end)
		return ip_fail(IP_ETRUNCATED, "%s: line %zu: the file ends,"
			" expected %s", s->path, s->line, expected);
	while (n < 24 && s->p + n < s->end && !blank(s->p[n]) &&
	    s->p[n] != '\n')
		n++;
	return ip_fail(IP_EFORMAT, "%s: line %zu, column %zu: found %s%.*s%s,"
		" expected %s", s->path, s->line, column, n ? "'" : "",
		n ? (int)n : 12, n ? s->p : "the line end", n ? "'" : "",
		expected);
}

int ip_scan_line(struct ip_scan *s, const char **text, size_t *n)
{
	const char *stop;

	*text = s->p;
	*n = 0;
	if (s->p == s->end)
		return 0;
	stop = memchr(s->p, '\n', (size_t)(s->end - s->p));
	*n = (size_t)((stop ? stop : s->end) - s->p);
	s->p = stop ? stop + 1 : s->end;
	s->line += stop != NULL;
	s->line_start = s->p;
	while (*n && blank((*text)[*n - 1]))
		--*n;
	return 1;
}

int ip_scan_at_end(struct ip_scan *s)
{
	skip(s);
	return s->p == s->end || *s->p == '\n';
}

int ip_scan_at_eof(struct ip_scan *s)
{
	for (skip(s); s->p < s->end && *s->p == '\n'; skip(s)) {
		s->line++;
		s->line_start = ++s->p;
	}
	return s->p == s->end;
}

void ip_scan_warn_open_end(const struct ip_scan *s)
{
	if (s->end > s->data && s->end[-1] != '\n')
		ip_warn("%s: the last line has no end; if the file was cut off,"
			" its last number is wrong", s->path);
}

int ip_scan_end_line(struct ip_scan *s)
{
	if (!ip_scan_at_end(s))
		return ip_scan_bad(s, "the end of the line");
	if (s->p < s->end) {
		s->line++;
		s->line_start = ++s->p;
	}
	return 0;
}

int ip_scan_word(struct ip_scan *s, const char *what, const char **text,
	size_t *n)
{
	if (ip_scan_at_end(s))
		return ip_scan_bad(s, what);
	*text = s->p;
	while (s->p < s->end && !blank(*s->p) && *s->p != '\n')
		s->p++;
	*n = (size_t)(s->p - *text);
	return 0;
}

int ip_scan_real(struct ip_scan *s, const char *what, double *v)
{
	const char *p;

	skip(s);
	p = s->p;
	if (ip_number_get(&p, s->end, v) ||
	    (p < s->end && !blank(*p) && *p != '\n'))
		return ip_scan_bad(s, what);
	if (!isfinite(*v))
		return ip_scan_bad(s, "a number that is finite");
	s->p = p;
	return 0;
}

int ip_scan_int(struct ip_scan *s, const char *what, long *v)
{
	const char *p;
	int negative;
	long n = 0;

	skip(s);
	p = s->p;
	negative = p < s->end && *p == '-';
	p += p < s->end && (*p == '-' || *p == '+');
	if (p == s->end || *p < '0' || *p > '9')
		return ip_scan_bad(s, what);
	for (; p < s->end && *p >= '0' && *p <= '9'; p++) {
		if (n > 99999999)	/* nothing here counts so far */
			return ip_scan_bad(s, "a smaller number");
		n = 10 * n + (*p - '0');
	}
	if (p < s->end && !blank(*p) && *p != '\n')
		return ip_scan_bad(s, what);
	*v = negative ? -n : n;
	s->p = p;
	return 0;
}
