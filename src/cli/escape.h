/* Text of others in tables and pages. */
#ifndef IP_CLI_ESCAPE_H
#define IP_CLI_ESCAPE_H

#include <stdio.h>

/* A cell of CSV (RFC 4180), in quotes where it needs them. */
void ip_cli_put_cell(FILE *f, const char *text);
/* The length of the UTF-8 sequence at s (RFC 3629), 0 if it is none. */
size_t ip_cli_utf8(const unsigned char *s);

#endif
