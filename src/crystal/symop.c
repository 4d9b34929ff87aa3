/* Symmetry operators as text: "-y, x-y, z+1/2". */
#include <math.h>
#include "symmetry.h"

#define ROUNDING 1e-3	/* of a cell: 0.333 is a third */

struct term {
	double value;
	int axis;		/* 0 to 2; -1 for a translation */
};

static int digit(const char *p, const char *end)
{
	return p < end && *p >= '0' && *p <= '9';
}

static const char *skip(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	return p;
}

/* Digits and a point; NULL if there are none, or too many. */
static const char *get_decimal(const char *p, const char *end, double *v)
{
	double unit = 1;
	int n = 0, point = 0;

	*v = 0;
	for (; digit(p, end) || (p < end && *p == '.' && !point); p++) {
		if (*p == '.') {
			point = 1;
			continue;
		}
		*v = 10 * *v + (*p - '0');
		unit *= point ? 10 : 1;
		n++;
	}
	*v /= unit;
	return n > 0 && n < 18 ? p : NULL;
}

static int axis_of(const char *p, const char *end)
{
	static const char names[] = "xyzXYZ";
	int i;

	for (i = 0; i < 6 && p < end; i++)
		if (*p == names[i])
			return i % 3;
	return -1;
}

/* 1/2, 0.5, x, 2x or 2*x; NULL if it is none. */
static const char *get_term(const char *p, const char *end, struct term *t)
{
	double below;

	t->value = 1;
	t->axis = axis_of(p, end);
	if (t->axis >= 0)
		return p + 1;
	p = get_decimal(p, end, &t->value);
	if (!p)
		return NULL;
	p = skip(p, end);
	if (p < end && *p == '/') {
		p = get_decimal(skip(p + 1, end), end, &below);
		if (!p || !(below > 0))
			return NULL;
		t->value /= below;
		p = skip(p, end);
	}
	if (p < end && *p == '*') {
		p = skip(p + 1, end);
		if (axis_of(p, end) < 0)
			return NULL;
	}
	t->axis = axis_of(p, end);
	return t->axis >= 0 ? p + 1 : p;
}

static const char *add(struct ip_symop *op, int row, const struct term *t,
	int sign)
{
	double parts = t->value * IP_SYMOP_PARTS;
	double n = t->axis < 0 ? nearbyint(parts) : t->value;

	if (t->axis >= 0 && n != 1 && n != 2)
		return "a coordinate once or twice";
	if (t->axis >= 0) {
		op->r[row][t->axis] += sign * (int)n;
		return NULL;
	}
	if (!(n < 1e6) || fabs(parts - n) > ROUNDING * IP_SYMOP_PARTS)
		return "a translation in halves, thirds, quarters, fifths,"
			" sixths or eighths of a cell";
	op->t[row] = ((op->t[row] + sign * (int)n) % IP_SYMOP_PARTS +
		IP_SYMOP_PARTS) % IP_SYMOP_PARTS;
	return NULL;
}

/* One of three, up to its comma. */
static const char *get_row(const char **at, const char *end,
	struct ip_symop *op, int row)
{
	const char *p = skip(*at, end), *wrong;
	struct term t;
	int sign, terms;

	for (terms = 0; terms == 0 || (p < end && *p != ','); terms++) {
		sign = p < end && *p == '-' ? -1 : 1;
		if (p < end && (*p == '+' || *p == '-'))
			p = skip(p + 1, end);
		else if (terms)
			return "+ or - between terms";
		p = terms < 8 ? get_term(p, end, &t) : NULL;
		if (!p)
			return "an operator such as -y,x-y,z+1/2";
		wrong = add(op, row, &t, sign);
		if (wrong)
			return wrong;
		p = skip(p, end);
	}
	*at = p;
	return NULL;
}

const char *ip_symop_parse(const char *text, size_t n, struct ip_symop *op)
{
	const char *p = text, *end = text + n, *wrong;
	struct ip_symop o = { { { 0 } }, { 0 } };
	int row;

	for (row = 0; row < 3; row++) {
		wrong = get_row(&p, end, &o, row);
		if (wrong)
			return wrong;
		if (row < 2 ? p == end : p < end)
			return "three terms with commas between them";
		p += row < 2;
	}
	*op = o;
	return NULL;
}
