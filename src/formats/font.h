/* The letters of pictures. */
#ifndef IP_FORMATS_FONT_H
#define IP_FORMATS_FONT_H

#include <stddef.h>
#include <stdint.h>

#define IP_FONT_W 5
#define IP_FONT_H 7

/* The first character of text and its bytes; 0 at the end. */
size_t ip_font_next(const char *text, uint32_t *c);
/* Characters of text. */
size_t ip_font_length(const char *text);
/* Whether pixel (x, y) of c is ink; a character that is not drawn is a "?". */
int ip_font_pixel(uint32_t c, int x, int y);

#endif
