/* The one log callback. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "core.h"

#define TEXT_MAX 2048	/* longer messages are cut */

static ip_log_fn *log_fn;
static void *log_ctx;
static __thread struct ip_kept *kept;	/* where this thread's messages go */

void ip_log_set(ip_log_fn *fn, void *ctx)
{
	log_fn = fn;
	log_ctx = ctx;
}

/* malloc: ip_alloc would report that there is no memory, and come here. */
void ip_log_add(struct ip_kept *k, enum ip_level level, const char *text)
{
	struct ip_kept_line *line = malloc(sizeof *line + strlen(text) + 1);

	if (!line)
		return;
	line->next = NULL;
	line->level = level;
	strcpy(line->text, text);
	*(k->last ? &k->last->next : &k->first) = line;
	k->last = line;
}

void ip_log_keep(struct ip_kept *k)
{
	kept = k;
}

/* fn may come back here with another message. */
static void empty(struct ip_kept *k, ip_log_fn *fn)
{
	struct ip_kept_line *line = k->first, *next;

	k->first = k->last = NULL;
	for (; line; line = next) {
		next = line->next;
		if (fn)
			fn(log_ctx, line->level, line->text);
		free(line);
	}
}

void ip_log_tell(struct ip_kept *k)
{
	empty(k, log_fn);
}

void ip_log_forget(struct ip_kept *k)
{
	empty(k, NULL);
}

static void send(enum ip_level level, const char *tail, const char *fmt,
	va_list ap)
{
	char text[TEXT_MAX];
	size_t n;

	if (!log_fn && !kept)
		return;
	vsnprintf(text, sizeof text, fmt, ap);
	n = strlen(text);
	if (tail)
		snprintf(text + n, sizeof text - n, ": %s", tail);
	/* what a hostile file name or header carries must stay on one line */
	for (n = 0; text[n]; n++)
		if ((unsigned char)text[n] < ' ' || text[n] == 127)
			text[n] = '?';
	if (kept)
		ip_log_add(kept, level, text);
	else
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
