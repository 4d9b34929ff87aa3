/* The one log callback. */
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include "core.h"

#define TEXT_MAX 2048	/* longer messages are cut */

static ip_log_fn *log_fn;
static void *log_ctx;

void ip_log_set(ip_log_fn *fn, void *ctx)
{
	log_fn = fn;
	log_ctx = ctx;
}

static void send(enum ip_level level, const char *tail, const char *fmt,
	va_list ap)
{
	char text[TEXT_MAX];
	size_t n;

	if (!log_fn)
		return;
	vsnprintf(text, sizeof text, fmt, ap);
	n = strlen(text);
	if (tail)
		snprintf(text + n, sizeof text - n, ": %s", tail);
	/* what a hostile file name or header carries must stay on one line */
	for (n = 0; text[n]; n++)
		if ((unsigned char)text[n] < ' ' || text[n] == 127)
			text[n] = '?';
	log_fn(log_ctx, level, text);
}

int ip_fail(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	send(IP_LOG_ERROR, NULL, fmt, ap);
	va_end(ap);
	return status;
}

int ip_fail_errno(int status, const char *fmt, ...)
{
	const char *tail = strerror(errno);
	va_list ap;

	va_start(ap, fmt);
	send(IP_LOG_ERROR, tail, fmt, ap);
	va_end(ap);
	return status;
}

#define LOGGER(name, level) \
void name(const char *fmt, ...) \
{ \
	va_list ap; \
 \
	va_start(ap, fmt); \
	send(level, NULL, fmt, ap); \
	va_end(ap); \
}

LOGGER(ip_warn, IP_LOG_WARN)
LOGGER(ip_info, IP_LOG_INFO)
LOGGER(ip_debug, IP_LOG_DEBUG)
