/* iphase-report: bytes as text, RFC 4648. */
#include "figures.h"

void ip_base64_put(FILE *f, const char *data, size_t size)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *p = (const unsigned char *)data;
	unsigned v;

	for (; size >= 3; size -= 3, p += 3) {
		v = (unsigned)p[0] << 16 | (unsigned)p[1] << 8 | p[2];
		putc(digit[v >> 18], f);
		putc(digit[v >> 12 & 63], f);
		putc(digit[v >> 6 & 63], f);
		putc(digit[v & 63], f);
	}
	if (size == 0)
		return;
	v = (unsigned)p[0] << 16 | (size > 1 ? (unsigned)p[1] << 8 : 0);
	putc(digit[v >> 18], f);
	putc(digit[v >> 12 & 63], f);
	putc(size > 1 ? digit[v >> 6 & 63] : '=', f);
	putc('=', f);
}
