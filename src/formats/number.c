/* Decimal numbers: exact and quick for short ones, else by the C library. */
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "number.h"

#define DIGITS_MAX 1000	/* of one number */

struct decimal {
	const char *digits, *end;	/* digits and point */
	uint64_t mantissa;
	long scale;			/* power of ten of the mantissa */
	int negative;
};

static int digit(const char *p, const char *end)
{
	return p < end && *p >= '0' && *p <= '9';
}

static const char *get_digits(const char *p, const char *end,
	struct decimal *d, int *seen)
{
	int point = 0;

	d->digits = p;
	for (; p < end; p++) {
		if (*p == '.' && !point) {
			point = 1;
			continue;
		}
		if (!digit(p, end))
			break;
		*seen = 1;
		if (d->mantissa > (UINT64_MAX - 9) / 10) {
			d->scale += !point;	/* far above 2^53 */
			continue;
		}
		d->mantissa = 10 * d->mantissa + (uint64_t)(*p - '0');
		d->scale -= point;
	}
	d->end = p;
	return p;
}

static const char *get_exponent(const char *p, const char *end, long *e)
{
	const char *q = p;
	int negative = 0;

	*e = 0;
	if (q < end && strchr("eEdD", *q) && *q)
		q++;
	else if (q == end || (*q != '+' && *q != '-'))
		return p;
	if (q < end && (*q == '+' || *q == '-'))
		negative = *q++ == '-';
	if (!digit(q, end))
		return p;
	for (; digit(q, end); q++)
		if (*e < 1000000)
			*e = 10 * *e + (*q - '0');
	if (negative)
		*e = -*e;
	return q;
}

/* By strtod, whose decimal separator is the locale's. */
static int slow(const struct decimal *d, long e, double *v)
{
	char text[DIGITS_MAX + 40], *out = text;
	const char *point = localeconv()->decimal_point, *p;

	if (d->end - d->digits > DIGITS_MAX)
		return 1;
	for (p = d->digits; p < d->end; p++)
		if (*p == '.')
			out += sprintf(out, "%.8s", point);
		else
			*out++ = *p;
	sprintf(out, "e%ld", e);
	*v = strtod(text, NULL);
	return 0;
}

int ip_number_get(const char **pp, const char *end, double *v)
{
	static const double ten[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7,
		1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
		1e19, 1e20, 1e21, 1e22 };
	struct decimal d = { NULL, NULL, 0, 0, 0 };
	const char *p = *pp;
	int seen = 0;
	double x;
	long e, s;

	if (p < end && (*p == '+' || *p == '-'))
		d.negative = *p++ == '-';
	p = get_digits(p, end, &d, &seen);
	if (!seen)
		return 1;
	p = get_exponent(p, end, &e);
	s = d.scale + e;
	/* both factors are exact, so that their product is rounded once */
	if (FLT_EVAL_METHOD == 0 && d.mantissa <= 1ull << 53 &&
	    s >= -22 && s <= 22)
		x = s < 0 ? (double)d.mantissa / ten[-s] :
			(double)d.mantissa * ten[s];
	else if (slow(&d, e, &x))
		return 1;
	*v = d.negative ? -x : x;
	*pp = p;
	return 0;
}

void ip_number_point(char *s)
{
	const char *point = localeconv()->decimal_point;
	size_t n = strlen(point);
	char *at;

	if (strcmp(point, ".") == 0 || n == 0)
		return;
	at = strstr(s, point);
	if (!at)
		return;
	*at = '.';
	memmove(at + 1, at + n, strlen(at + n) + 1);
}

void ip_number_put(char out[IP_NUMBER_MAX], double v)
{
	const char *p;
	double back;
	int digits;

	if (!isfinite(v)) {
		strcpy(out, isnan(v) ? "NaN" : v < 0 ? "-Infinity" :
			"Infinity");
		return;
	}
	for (digits = 15; digits <= 17; digits++) {
		snprintf(out, IP_NUMBER_MAX - 2, "%.*g", digits, v);
		ip_number_point(out);
		p = out;
		if (ip_number_get(&p, out + strlen(out), &back) == 0 &&
		    back == v)
			break;
	}
	if (!strpbrk(out, ".e"))
		strcat(out, ".0");
}
