/* Words and numbers of a text file, with line and column for messages. */
#ifndef IP_FORMATS_SCAN_H
#define IP_FORMATS_SCAN_H

#include <stddef.h>

struct ip_scan {
	const char *path;
	char *data;		/* the whole file, freed by ip_scan_close */
	const char *p, *end;	/* what is left */
	const char *line_start;
	size_t line;		/* from 1 */
};

int ip_scan_open(struct ip_scan *s, const char *path);
void ip_scan_close(struct ip_scan *s);

/* What stands at s->p is not what was expected; returns IP_EFORMAT, or
 * IP_ETRUNCATED at the end of the file. */
int ip_scan_bad(const struct ip_scan *s, const char *expected);

/* The rest of the line without its end; s moves to the next. 0 at the end. */
int ip_scan_line(struct ip_scan *s, const char **text, size_t *n);
/* The same, but only blanks may be left. */
int ip_scan_end_line(struct ip_scan *s);
/* Skip blanks; whether nothing is left on the line. */
int ip_scan_at_end(struct ip_scan *s);
/* Skip blanks and line ends; whether nothing is left in the file. */
int ip_scan_at_eof(struct ip_scan *s);

/* Warn if the last line has no end: its last number may be cut off. */
void ip_scan_warn_open_end(const struct ip_scan *s);

/* The next word, finite number or integer on this line. */
int ip_scan_word(struct ip_scan *s, const char *what, const char **text,
	size_t *n);
int ip_scan_real(struct ip_scan *s, const char *what, double *v);
int ip_scan_int(struct ip_scan *s, const char *what, long *v);

#endif
