/* Plans of datasets: their text. */
#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/core.h"
#include "plan.h"

#define TEXT_MOST (1 << 20)	/* bytes of a plan */

enum kind { SEED, WORDS, CRYSTALS, ZONES, COUNT, LENGTH, RANGE, LIST,
	CHOICE };

#define AT(member) offsetof(struct ip_plan_group, member)
#define DRAWN "a number, uniform LOW HIGH, log LOW HIGH, one of A B ..."
#define SIGNED DRAWN ", normal DEVIATION [LIMIT]"

/* bound: the lowest number that may be drawn, or the most of a COUNT. */
static const struct key {
	const char *name;
	enum kind kind;
	size_t at;
	double bound;
	const char *expected;
} keys[] = {
	{ "seed", SEED, 0, 0, "a whole number from 0 on" },
	{ "crystals", CRYSTALS, AT(crystals), 0, "names of crystals, or files,"
		" or: invented NUMBER" },
	{ "specimens", COUNT, AT(specimens), IP_PLAN_EACH_MOST,
		"a whole number from 1 to 1048576" },
	{ "zone", ZONES, AT(zones), 0, "U,V,W or: one of U,V,W U,V,W ..." },
	{ "thickness", LIST, AT(thickness), 0.1, "nm from 0.1 on: numbers,"
		" each LOW..HIGH LOW..HIGH ..., uniform LOW HIGH,"
		" log LOW HIGH, one of A B ..." },
	{ "tilt", RANGE, AT(tilt), -INFINITY, SIGNED },
	{ "rotations", COUNT, AT(rotations), IP_PLAN_ROTATIONS,
		"a whole number from 1 to 64" },
	{ "angle", RANGE, AT(angle), -INFINITY, SIGNED },
	{ "defocus", RANGE, AT(defocus), -INFINITY, SIGNED },
	{ "source", RANGE, AT(source), 0, DRAWN ", from 0 on" },
	{ "dose", RANGE, AT(dose), 0, DRAWN ", from 0 on" },
	{ "specimen", CHOICE, AT(island), 0, "crystal|island" },
	{ "potential", CHOICE, AT(dft), 0, "iam|dft" },
	{ "pixels", COUNT, AT(pixels), 65536, "a whole number from 1 to"
		" 65536" },
	{ "pixel", LENGTH, AT(pixel), 0, "Angstrom, above 0" },
	{ "width", LENGTH, AT(width), 0, "Angstrom, above 0" },
	{ "sampling", LENGTH, AT(sampling), 0, "Angstrom, above 0" },
	{ "options", WORDS, AT(options), 0, "options of iphase-simulate" },
};
enum { KEYS = sizeof keys / sizeof *keys };

/* Where the reader is. */
struct reader {
	struct ip_plan *p;
	size_t line;
	struct ip_plan_group common, *at;	/* at: the one being read */
	unsigned long given;	/* keys of it, a bit each */
	unsigned long known;	/* those of common as well */
};

static int bad(const struct reader *r, const char *what, const char *found,
	const char *expected)
{
	return ip_fail(IP_EFORMAT, "%s:%zu: %s: found '%.80s', expected %s",
		r->p->path, r->line, what, found, expected);
}

/* ---- values ---- */

static char *skip(char *s)
{
	while (isspace((unsigned char)*s))
		s++;
	return s;
}

/* Cut s into words, in place; nonzero: there are too many. */
static int split(char *s, struct ip_plan_words *w)
{
	w->count = 0;
	for (s = skip(s); *s; s = skip(s)) {
		if (w->count == IP_PLAN_WORDS)
			return 1;
		w->w[w->count++] = s;
		while (*s && !isspace((unsigned char)*s))
			s++;
		if (*s)
			*s++ = '\0';
	}
	return 0;
}

static int set_crystals(struct ip_plan_group *g, const struct ip_plan_words *w)
{
	uint64_t n;

	g->invented = 0;
	g->crystals = *w;
	if (strcmp(w->w[0], "invented") != 0)
		return 0;
	if (w->count != 2 || ip_plan_whole(w->w[1], IP_PLAN_EACH_MOST, &n) ||
	    n == 0)
		return 1;
	g->invented = (size_t)n;
	g->crystals.count = 0;
	return 0;
}

static int set_zones(struct ip_plan_words *zones,
	const struct ip_plan_words *w)
{
	size_t first = w->count > 2 && strcmp(w->w[0], "one") == 0 &&
		strcmp(w->w[1], "of") == 0 ? 2 : 0;

	if (first == 0 && w->count != 1)
		return 1;
	zones->count = w->count - first;
	for (size_t i = 0; i < zones->count; i++) {
		const char *word = w->w[first + i];

		if (!strchr(word, ',') ||
		    word[strspn(word, "0123456789,-")])
			return 1;
		zones->w[i] = word;
	}
	return 0;
}

static int set_range(const struct key *k, const struct ip_plan_words *w,
	struct ip_plan_range *r)
{
	return (k->kind == LIST ? ip_plan_list_parse(w, r) :
		ip_plan_range_parse(w, r)) ||
		ip_plan_range_lowest(r) < k->bound;
}

static int set_choice(const char *list, const char *word, int *v)
{
	size_t first = strcspn(list, "|");

	*v = strcmp(word, list + first + 1) == 0;
	return !*v && (strlen(word) != first || strncmp(word, list, first));
}

static int set_word(struct reader *r, const struct key *k, const char *word,
	void *to)
{
	uint64_t n;

	switch (k->kind) {
	case SEED:
		return ip_plan_whole(word, UINT64_MAX, &r->p->seed);
	case CHOICE:
		return set_choice(k->expected, word, to);
	case COUNT:
		if (ip_plan_whole(word, (uint64_t)k->bound, &n) || n == 0)
			return 1;
		*(size_t *)to = (size_t)n;
		return 0;
	default:
		return ip_plan_number(word, to) || !(*(double *)to > 0);
	}
}

static int set_value(struct reader *r, const struct key *k,
	const struct ip_plan_words *w)
{
	void *to = (char *)r->at + k->at;

	if (w->count == 0)
		return 1;
	switch (k->kind) {
	case WORDS: *(struct ip_plan_words *)to = *w; return 0;
	case CRYSTALS: return set_crystals(r->at, w);
	case ZONES: return set_zones(to, w);
	case RANGE: case LIST: return set_range(k, w, to);
	default: return w->count != 1 || set_word(r, k, w->w[0], to);
	}
}

/* ---- lines ---- */

static int has(const struct reader *r, const char *name)
{
	size_t k = 0;

	while (strcmp(keys[k].name, name) != 0)
		k++;
	return ((r->given | r->known) >> k & 1) != 0;
}

/* What a group must say, and what goes together. */
static int end_group(struct reader *r)
{
	static const char *const needed[] = { "crystals", "specimens",
		"thickness", "pixels" };
	const struct ip_plan_group *g = r->at;

	if (g == &r->common)
		return 0;
	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
		if (!has(r, needed[i]))
			return ip_fail(IP_EFORMAT, "%s:%zu: the group [%s] ends"
				" here, expected a line '%s = ...' in it",
				r->p->path, r->line, g->name, needed[i]);
	if (g->island && g->invented)
		return ip_fail(IP_EFORMAT, "%s:%zu: [%s]: found invented"
			" crystals, expected names or files: they make no"
			" islands", r->p->path, r->line, g->name);
	if (g->island && (g->zones.count != 1 ||
	    strcmp(g->zones.w[0], "0,0,1") != 0))
		return ip_fail(IP_EFORMAT, "%s:%zu: [%s]: found a zone, but an"
			" island takes the structure as it is: expected"
			" 0,0,1", r->p->path, r->line, g->name);
	if (g->island && g->rotations > 1)
		return ip_fail(IP_EFORMAT, "%s:%zu: [%s]: found rotations ="
			" %zu, expected 1: an island is turned before the"
			" beam goes through it", r->p->path, r->line, g->name,
			g->rotations);
	return 0;
}

static int begin_group(struct reader *r, char *s)
{
	char *end = strchr(s, ']');
	struct ip_plan *p = r->p;
	int rc;

	if (!end || end == s + 1 || *skip(end + 1))
		return bad(r, "a group", s, "[NAME]");
	*end = '\0';
	for (size_t i = 0; i < p->group_count; i++)
		if (strcmp(p->groups[i].name, s + 1) == 0)
			return bad(r, "a group", s + 1, "another name: this"
				" one is there");
	if (p->group_count == IP_PLAN_GROUPS)
		return bad(r, "a group", s + 1, "at most 4096 of them");
	if ((rc = end_group(r)) < 0)
		return rc;
	rc = ip_grow(&p->groups, &p->group_cap, p->group_count + 1,
		sizeof *p->groups);
	if (rc < 0)
		return rc;
	if (r->at == &r->common)
		r->known = r->given;
	r->given = 0;
	r->at = &p->groups[p->group_count++];
	*r->at = r->common;
	r->at->name = s + 1;
	return 0;
}

static int key_line(struct reader *r, char *s)
{
	char *value = strchr(s, '='), *end, shown[81];
	struct ip_plan_words w;
	size_t k;

	if (!value)
		return bad(r, "a line", s, "KEY = VALUE, or [GROUP]");
	for (end = value++; end > s && isspace((unsigned char)end[-1]); end--)
		;
	*end = '\0';
	for (k = 0; k < KEYS && strcmp(keys[k].name, s) != 0; k++)
		;
	if (k == KEYS)
		return bad(r, "a key", s, "seed, crystals, specimens, zone,"
			" thickness, tilt, rotations, angle, defocus, source,"
			" dose, specimen, potential, pixels, pixel, width,"
			" sampling or options");
	if (r->given >> k & 1)
		return bad(r, s, skip(value), "it once in a group");
	if (keys[k].kind == SEED && r->at != &r->common)
		return bad(r, s, skip(value), "it before the first group");
	r->given |= 1ul << k;
	value = skip(value);
	strncpy(shown, value, sizeof shown - 1);
	shown[sizeof shown - 1] = '\0';
	if (split(value, &w))
		return bad(r, s, shown, "at most 64 words");
	return set_value(r, &keys[k], &w) ? bad(r, s, shown,
		keys[k].expected) : 0;
}

/* A # begins a comment at the start of a line or behind a space. */
static void cut(char *s)
{
	char *end;

	for (end = s; *end; end++)
		if (*end == '#' && (end == s ||
		    isspace((unsigned char)end[-1])))
			break;
	while (end > s && isspace((unsigned char)end[-1]))
		end--;
	*end = '\0';
}

static int lines(struct reader *r)
{
	char *s = r->p->text, *next;
	int rc = 0;

	for (; rc == 0 && s; s = next) {
		next = strchr(s, '\n');
		if (next)
			*next++ = '\0';
		r->line++;
		cut(s);
		s = skip(s);
		if (*s)
			rc = *s == '[' ? begin_group(r, s) : key_line(r, s);
	}
	if (rc == 0 && r->p->group_count == 0)
		return bad(r, "the end", "no group", "[NAME] and lines for"
			" it");
	return rc ? rc : end_group(r);
}

/* ---- the order of specimens ---- */

static int by_place(const void *a, const void *b)
{
	const struct ip_plan_place *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return x->crystal < y->crystal ? -1 : x->crystal > y->crystal;
}

static size_t crystals_of(const struct ip_plan_group *g)
{
	return g->invented ? g->invented : g->crystals.count;
}

static int place_all(struct ip_plan *p)
{
	uint64_t n = 0;
	size_t i = 0;

	for (size_t g = 0; g < p->group_count; g++)
		n += (uint64_t)p->groups[g].specimens *
			crystals_of(&p->groups[g]);
	if (n > 10 * IP_PLAN_EACH_MOST)
		return ip_fail(IP_ELIMIT, "%s: %" PRIu64 " specimens, expected"
			" at most %d", p->path, n, 10 * IP_PLAN_EACH_MOST);
	p->count = (size_t)n;
	p->places = ip_alloc_array(p->count, sizeof *p->places);
	if (!p->places)
		return IP_ENOMEM;
	for (uint32_t g = 0; g < p->group_count; g++)
		for (uint32_t c = 0; c < crystals_of(&p->groups[g]); c++)
			for (uint32_t k = 0; k < p->groups[g].specimens; k++)
				p->places[i++] = (struct ip_plan_place){ g, c,
					k, (k + 0.5) /
					(double)p->groups[g].specimens };
	qsort(p->places, p->count, sizeof *p->places, by_place);
	return 0;
}

/* ---- all of it ---- */

int ip_plan_read(struct ip_plan **out, const char *path)
{
	struct ip_plan *p = ip_alloc(sizeof *p);
	struct reader r = { .p = p };
	size_t n;
	int rc;

	if (!p)
		return IP_ENOMEM;
	r.at = &r.common;
	r.common = (struct ip_plan_group){ .zones = { 1, { "0,0,1" } },
		.rotations = 1, .pixel = 0.1, .tilt = { .count = 1 },
		.angle = { IP_PLAN_UNIFORM, 2, { 0, 360 } },
		.defocus = { .count = 1 }, .source = { .count = 1 },
		.dose = { .count = 1 } };
	p->path = ip_strdup(path);
	rc = p->path ? ip_file_read(path, TEXT_MOST, &p->text, &n) : IP_ENOMEM;
	if (rc == 0 && strlen(p->text) != n)
		rc = ip_fail(IP_EFORMAT, "%s: a byte 0 in it, expected text",
			path);
	if (rc == 0)
		rc = lines(&r);
	if (rc == 0)
		rc = place_all(p);
	if (rc < 0)
		ip_plan_free(p);
	else
		*out = p;
	return rc;
}
