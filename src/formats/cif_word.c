/* The words of a CIF: names, values in their four forms, reserved words. */
#include <string.h>
#include <strings.h>
#include "../core/core.h"
#include "cif.h"

static int blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* One byte on; lines end in LF, CR or both. */
static void step(struct ip_scan *s)
{
	char c = *s->p++;

	if (c == '\n' || (c == '\r' && (s->p == s->end || *s->p != '\n'))) {
		s->line++;
		s->line_start = s->p;
	}
}

static void skip(struct ip_scan *s)
{
	while (s->p < s->end && (blank(*s->p) || *s->p == '#')) {
		if (*s->p == '#')
			while (s->p < s->end && *s->p != '\n' && *s->p != '\r')
				s->p++;
		else
			step(s);
	}
}

static int end_text(const struct ip_scan *s, struct ip_cif_text *t,
	const char *end)
{
	size_t n = (size_t)(end - t->p);

	if (n > UINT32_MAX)
		return ip_fail(IP_ELIMIT, "%s: line %zu: a word of %zu bytes",
			s->path, s->line, n);
	t->n = (uint32_t)n;
	return 0;
}

/* Between semicolons that begin lines. */
static int get_lines(struct ip_scan *s, struct ip_cif_text *t)
{
	step(s);
	t->p = s->p;
	for (; s->p < s->end; step(s))
		if (*s->p == ';' && s->p == s->line_start)
			return end_text(s, t, s->p++);
	return ip_fail(IP_ETRUNCATED, "%s: line %lu: a text that begins with"
		" ';' here does not end: no line begins with ';' after it",
		s->path, (unsigned long)t->line);
}

/* A quote inside a string ends it only if a blank follows. */
static int get_quoted(struct ip_scan *s, struct ip_cif_text *t)
{
	char quote = *s->p++;

	t->p = s->p;
	for (; s->p < s->end && *s->p != '\n' && *s->p != '\r'; s->p++)
		if (*s->p == quote && (s->p + 1 == s->end || blank(s->p[1])))
			return end_text(s, t, s->p++);
	return ip_fail(s->p == s->end ? IP_ETRUNCATED : IP_EFORMAT, "%s: line"
		" %lu, column %lu: a string without its closing %c on the"
		" line", s->path, (unsigned long)t->line,
		(unsigned long)t->column, quote);
}

static int starts(const struct ip_cif_text *t, const char *word)
{
	return t->n >= strlen(word) && strncasecmp(t->p, word,
		strlen(word)) == 0;
}

static int is(const struct ip_cif_text *t, const char *word)
{
	return t->n == strlen(word) && starts(t, word);
}

static int get_bare(struct ip_scan *s, enum ip_cif_kind *kind,
	struct ip_cif_text *t)
{
	t->bare = 1;
	while (s->p < s->end && !blank(*s->p))
		s->p++;
	if (end_text(s, t, s->p) < 0)
		return IP_ELIMIT;
	*kind = t->p[0] == '_' ? IP_CIF_TAG : IP_CIF_VALUE;
	if (is(t, "loop_"))
		*kind = IP_CIF_LOOP;
	if (starts(t, "data_")) {
		*kind = IP_CIF_DATA;
		t->p += 5;
		t->n -= 5;
	}
	if (starts(t, "save_") || is(t, "global_") || is(t, "stop_"))
		return ip_fail(IP_ENOTSUP, "%s: line %zu: '%.20s': only data"
			" blocks and plain loops are read", s->path, s->line,
			starts(t, "save_") ? "save_" : is(t, "stop_") ?
			"stop_" : "global_");
	return 0;
}

int ip_cif_next(struct ip_scan *s, enum ip_cif_kind *kind,
	struct ip_cif_text *t)
{
	memset(t, 0, sizeof *t);
	skip(s);
	*kind = IP_CIF_END;
	t->p = s->p;
	t->line = (uint32_t)s->line;
	t->column = (uint32_t)(s->p - s->line_start + 1);
	if (s->p == s->end)
		return 0;
	*kind = IP_CIF_VALUE;
	if (*s->p == ';' && s->p == s->line_start)
		return get_lines(s, t);
	if (*s->p == '\'' || *s->p == '"')
		return get_quoted(s, t);
	return get_bare(s, kind, t);
}
