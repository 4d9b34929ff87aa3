/* iphase-report: tables as other tools write them. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "figures.h"

#define CELLS_MAX 100000000

struct reader {
	FILE *f;
	const char *path;
	size_t line;	/* of the next character */
	char *text;	/* the cell at work */
	size_t n, room;
};

static int put(struct reader *r, int c)
{
	char *more;

	if (r->n == r->room) {
		r->room = 2 * r->room + 64;
		more = realloc(r->text, r->room);
		if (!more)
			return ip_cli_error(IP_ENOMEM, "out of memory");
		r->text = more;
	}
	r->text[r->n++] = (char)c;
	return 0;
}

static int take(struct reader *r)
{
	int c = getc(r->f);

	r->line += c == '\n';
	return c;
}

static int cut(const struct reader *r)
{
	return ferror(r->f) ? ip_cli_error(IP_EIO, "%s: cannot be read: %s",
		r->path, strerror(errno)) : ip_cli_error(IP_ETRUNCATED,
		"%s:%zu: the file ends within a line, it was cut off", r->path,
		r->line);
}

/* Within quotes, behind the first: up to the one that ends them. */
static int quoted(struct reader *r)
{
	int c, rc = 0;

	while (rc == 0) {
		c = take(r);
		if (c == '"') {
			c = take(r);
			if (c != '"') {
				ungetc(c, r->f);
				r->line -= c == '\n';
				return 0;
			}
		}
		rc = c == EOF ? cut(r) : put(r, c);
	}
	return rc;
}

/* The next cell, NUL behind it; *end: what ended it, a comma or a newline. */
static int next_cell(struct reader *r, int *end)
{
	int c, rc = 0;

	r->n = 0;
	c = take(r);
	if (c == '"') {
		rc = quoted(r);
		c = rc ? EOF : take(r);
		if (rc == 0 && c != ',' && c != '\n' && c != '\r' && c != EOF)
			return ip_cli_error(IP_EFORMAT, "%s:%zu: '%c' behind"
				" a cell in quotes, expected a comma", r->path,
				r->line, c);
	}
	for (; rc == 0 && c != ',' && c != '\n'; c = take(r)) {
		if (c == EOF)
			return cut(r);
		if (c == '\0')
			return ip_cli_error(IP_EFORMAT, "%s:%zu: a zero byte,"
				" expected a table as text", r->path, r->line);
		rc = put(r, c);
	}
	*end = c;
	if (rc == 0 && c == '\n' && r->n && r->text[r->n - 1] == '\r')
		r->n--;
	return rc ? rc : put(r, '\0');
}

static int keep(struct ip_csv *t, const struct reader *r)
{
	char **more, *text;

	if (t->cells == t->room) {
		t->room = 2 * t->room + 256;
		more = realloc(t->cell, t->room * sizeof *more);
		if (!more)
			return ip_cli_error(IP_ENOMEM, "out of memory");
		t->cell = more;
	}
	text = malloc(r->n);
	if (!text)
		return ip_cli_error(IP_ENOMEM, "out of memory");
	t->cell[t->cells++] = memcpy(text, r->text, r->n);
	return t->cells < CELLS_MAX ? 0 : ip_cli_error(IP_ELIMIT, "%s: more"
		" than %d cells", t->path, CELLS_MAX);
}

static int note_line(struct ip_csv *t, size_t line)
{
	size_t *more;

	if ((t->rows & (t->rows - 1)) == 0) {	/* 0, or a power of 2 */
		more = realloc(t->line, (2 * t->rows + 1) * sizeof *more);
		if (!more)
			return ip_cli_error(IP_ENOMEM, "out of memory");
		t->line = more;
	}
	t->line[t->rows++] = line;
	return 0;
}

/* rows counts the head here. */
static int read_row(struct ip_csv *t, struct reader *r)
{
	size_t first = t->cells, line = r->line, n;
	int end = ',', rc = 0;

	while (rc == 0 && end == ',') {
		rc = next_cell(r, &end);
		if (rc == 0)
			rc = keep(t, r);
	}
	n = t->cells - first;
	if (rc == 0 && t->rows == 0)
		t->columns = n;
	if (rc == 0 && n != t->columns)
		rc = ip_cli_error(IP_EFORMAT, "%s:%zu: %zu cells, expected"
			" %zu as in the head", t->path, line, n, t->columns);
	return rc ? rc : note_line(t, line);
}

int ip_csv_read(const char *path, struct ip_csv *t)
{
	struct reader r = { .path = path, .line = 1 };
	int c, rc = 0;

	memset(t, 0, sizeof *t);
	t->path = path;
	r.f = fopen(path, "rb");
	if (!r.f)
		return ip_cli_error(IP_EIO, "%s: cannot be opened: %s", path,
			strerror(errno));
	while (rc == 0 && (c = getc(r.f)) != EOF) {
		ungetc(c, r.f);
		rc = read_row(t, &r);
	}
	if (rc == 0 && ferror(r.f))
		rc = cut(&r);
	if (rc == 0 && t->rows < 2)
		rc = ip_cli_error(IP_EFORMAT, t->rows ? "%s:1: a head and no"
			" rows" : "%s: empty, expected a head and rows", path);
	fclose(r.f);
	free(r.text);
	if (rc)
		ip_csv_free(t);
	else
		t->rows--;
	return rc;
}

void ip_csv_free(struct ip_csv *t)
{
	size_t i;

	for (i = 0; i < t->cells; i++)
		free(t->cell[i]);
	free(t->cell);
	free(t->line);
	memset(t, 0, sizeof *t);
}

int ip_csv_column(const struct ip_csv *t, const char *name)
{
	size_t i;

	for (i = 0; i < t->columns; i++)
		if (strcmp(t->cell[i], name) == 0)
			return (int)i;
	return -1;
}

const char *ip_csv_text(const struct ip_csv *t, size_t row, int column)
{
	return column < 0 ? "" : t->cell[(row + 1) * t->columns +
		(size_t)column];
}

int ip_csv_number(const struct ip_csv *t, size_t row, int column, double *v)
{
	const char *s = ip_csv_text(t, row, column);

	*v = NAN;
	if (!*s || strcmp(s, "nan") == 0)
		return 0;
	return ip_cli_real(s, v) == 0 ? 0 : ip_cli_error(IP_EFORMAT,
		"%s:%zu: %s is '%s', expected a number", t->path,
		t->line[row + 1], t->cell[column], s);
}
