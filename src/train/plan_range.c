/* Distributions of a plan: their words, and numbers drawn from them. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/random.h>
#include "formats/number.h"
#include "plan.h"

#define MOST (2 * IP_PLAN_THICKNESSES)

/* ---- numbers ---- */

int ip_plan_number(const char *text, double *v)
{
	const char *end = text + strlen(text), *p = text;

	return ip_number_get(&p, end, v) || p != end || !isfinite(*v);
}

int ip_plan_whole(const char *text, uint64_t most, uint64_t *v)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return 1;
	errno = 0;
	*v = strtoull(text, &end, 10);
	return *end || errno || *v > most;
}

/* Words first .. as numbers. */
static int numbers(const struct ip_plan_words *w, size_t first,
	struct ip_plan_range *r)
{
	r->count = w->count - first;
	if (w->count <= first || r->count > MOST)
		return 1;
	for (size_t i = 0; i < r->count; i++)
		if (ip_plan_number(w->w[first + i], &r->v[i]))
			return 1;
	return 0;
}

/* "5..20" */
static int span(const char *word, double v[2])
{
	const char *dots = strstr(word, "..");
	const char *p = word;

	return !dots || ip_number_get(&p, dots, &v[0]) || p != dots ||
		!isfinite(v[0]) || ip_plan_number(dots + 2, &v[1]) ||
		!(v[0] <= v[1]);
}

/* ---- words ---- */

int ip_plan_range_parse(const struct ip_plan_words *w,
	struct ip_plan_range *r)
{
	const char *first = w->w[0];

	if (w->count > 2 && strcmp(first, "one") == 0 &&
	    strcmp(w->w[1], "of") == 0) {
		r->kind = IP_PLAN_ONE_OF;
		return numbers(w, 2, r);
	}
	r->kind = strcmp(first, "uniform") == 0 ? IP_PLAN_UNIFORM :
		strcmp(first, "log") == 0 ? IP_PLAN_LOG :
		strcmp(first, "normal") == 0 ? IP_PLAN_NORMAL : IP_PLAN_ONE;
	if (numbers(w, r->kind != IP_PLAN_ONE, r))
		return 1;
	switch (r->kind) {
	case IP_PLAN_UNIFORM:
		return r->count != 2 || !(r->v[0] <= r->v[1]);
	case IP_PLAN_LOG:
		return r->count != 2 || !(r->v[0] > 0 && r->v[0] <= r->v[1]);
	case IP_PLAN_NORMAL:
		return r->count > 2 || r->v[0] < 0 ||
			(r->count == 2 && !(r->v[1] > 0));
	default:
		return r->count != 1;
	}
}

int ip_plan_list_parse(const struct ip_plan_words *w,
	struct ip_plan_range *r)
{
	size_t first = strcmp(w->w[0], "each") == 0;
	double v;

	if (!first && ip_plan_number(w->w[0], &v))
		return ip_plan_range_parse(w, r);
	r->kind = IP_PLAN_EACH;
	r->count = 2 * (w->count - first);
	if (r->count == 0 || r->count > MOST)
		return 1;
	for (size_t i = first; i < w->count; i++) {
		double *to = &r->v[2 * (i - first)];

		if (first ? span(w->w[i], to) : ip_plan_number(w->w[i], to))
			return 1;
		if (!first)
			to[1] = to[0];
	}
	return 0;
}

double ip_plan_range_lowest(const struct ip_plan_range *r)
{
	double low = r->v[0];

	if (r->kind == IP_PLAN_NORMAL)
		return r->v[0] > 0 ? -INFINITY : 0;
	for (size_t i = 0; i < r->count; i++)
		low = fmin(low, r->v[i]);
	return low;
}

/* ---- drawing ---- */

/*
 * Of a normal deviation in units of itself, none of which lies beyond limit,
 * the one below which the part u of all lies: erf is turned around by halving.
 */
static double within(double limit, double u)
{
	double want = (2 * u - 1) * erf(limit * sqrt(0.5));
	double low = -limit, high = limit, mid = 0;

	for (int i = 0; i < 60; i++) {
		mid = 0.5 * (low + high);
		if (erf(mid * sqrt(0.5)) < want)
			low = mid;
		else
			high = mid;
	}
	return mid;
}

double ip_plan_range_draw(const struct ip_plan_range *r, uint64_t seed,
	uint64_t index, size_t k)
{
	double u = ip_uniform(seed, IP_STREAM_PLAN, index);
	const double *v = r->kind == IP_PLAN_EACH ? r->v + 2 * k : r->v;

	switch (r->kind) {
	case IP_PLAN_UNIFORM:
	case IP_PLAN_EACH:
		return v[0] + u * (v[1] - v[0]);
	case IP_PLAN_LOG:
		return v[0] * pow(v[1] / v[0], u);
	case IP_PLAN_NORMAL:
		return v[0] > 0 && r->count == 2 ? v[0] * within(v[1] / v[0],
			u) : v[0] * ip_normal(seed, IP_STREAM_PLAN, index);
	case IP_PLAN_ONE_OF:
		return v[(size_t)(u * (double)r->count)];
	default:
		return v[0];
	}
}
