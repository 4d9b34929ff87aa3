/* iphase-report: the page. All it shows is within it. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "escape.h"
#include "figures.h"

static const char head[] =
	"<!DOCTYPE html>\n"
	"<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
	"<meta name=\"viewport\" content=\"width=device-width,"
	" initial-scale=1\"/>\n"
	"<title>iphase: report</title>\n<style>\n"
	"body { font: 16px/1.5 sans-serif; color: #222; background: #fff;"
	" max-width: 46em; margin: 0 auto; padding: 0 1em 3em; }\n"
	"h1 { font-size: 1.5em; }\n"
	"h2 { font-size: 1.2em; margin-top: 2.5em; border-bottom: 1px solid"
	" #bbb; }\n"
	"img { display: block; width: 100%; height: auto; margin: 1em 0 0.3em;"
	" }\n"
	".table img { min-width: 50em; }\n"
	"p { margin: 0.4em 0; overflow-wrap: anywhere; }\n"
	".table { overflow-x: auto; margin: 0.8em 0; }\n"
	"table { border-collapse: collapse; font-size: 0.85em;"
	" font-variant-numeric: tabular-nums; }\n"
	"th, td { padding: 0.2em 0.7em; text-align: right; border-bottom: 1px"
	" solid #ddd; white-space: nowrap; }\n"
	"th:first-child, td:first-child { text-align: left; padding-left: 0;"
	" }\n"
	"tr.part td { font-weight: bold; padding-top: 0.9em; }\n"
	".left { color: #666; }\n"
	"</style>\n</head>\n<body>\n";

void ip_html_begin(FILE *f)
{
	fputs(head, f);
}

void ip_html_end(FILE *f)
{
	fputs("</body>\n</html>\n", f);
}

void ip_html_text(FILE *f, const char *text)
{
	static const struct { char c; const char *entity; } mark[] = {
		{ '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" },
		{ '"', "&quot;" }, { '\'', "&#39;" } };
	const unsigned char *s = (const unsigned char *)text;
	size_t n, i;

	for (; *s; s += n ? n : 1) {
		n = ip_cli_utf8(s);
		for (i = 0; i < 5 && mark[i].c != (char)*s; i++)
			;
		if (i < 5)
			fputs(mark[i].entity, f);
		else if (n == 0 || *s < 0x20 || *s == 0x7f)
			fputs("&#xfffd;", f);
		else
			fwrite(s, 1, n, f);
	}
}

void ip_html_heading(FILE *f, const char *text)
{
	fputs("<section>\n<h2>", f);
	ip_html_text(f, text);
	fputs("</h2>\n", f);
}

void ip_html_close(FILE *f)
{
	fputs("</section>\n", f);
}

void ip_html_note(FILE *f, const char *fmt, ...)
{
	char *text = NULL;
	size_t n = 0;
	FILE *m = open_memstream(&text, &n);
	va_list ap;

	if (!m) {
		fputs("<p>(out of memory)</p>\n", f);
		return;
	}
	va_start(ap, fmt);
	vfprintf(m, fmt, ap);
	va_end(ap);
	if (fclose(m) == 0) {
		fputs("<p>", f);
		ip_html_text(f, text);
		fputs("</p>\n", f);
	}
	free(text);
}

void ip_html_png(FILE *f, const char *data, size_t size, const char *alt,
	int wide)
{
	fputs(wide ? "<div class=\"table\"><img alt=\"" : "<img alt=\"", f);
	ip_html_text(f, alt);
	fputs("\" src=\"data:image/png;base64,", f);
	ip_base64_put(f, data, size);
	fputs(wide ? "\"/></div>\n" : "\"/>\n", f);
}
