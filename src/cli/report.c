/* Messages and progress on stderr. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <iphase/log.h>
#include "cli.h"
#include "report.h"

#define PLAIN_INTERVAL 10.0	/* s between progress lines in a log */

static const char *tool = "iphase";
static int most = IP_LOG_INFO, terminal, line_open;
static double last_line, started;
static int silent;

/* A progress line on a terminal is replaced by whatever comes next. */
static void clear_line(void)
{
	if (line_open)
		fputs("\r\033[K", stderr);
	line_open = 0;
}

static void on_log(void *ctx, enum ip_level level, const char *text)
{
	static const char *const word[] = {
		"error: ", "warning: ", "", "debug: "
	};

	(void)ctx;
	if ((int)level > most)
		return;
	clear_line();
	fprintf(stderr, "%s: %s%s\n", tool, word[level], text);
}

/* 75 s as 1:15, 3700 s as 1:01:40. */
static void put_time(char *out, size_t size, double s)
{
	unsigned long n = s < 1e8 ? (unsigned long)(s + 0.5) : 99999999;

	if (n < 3600)
		snprintf(out, size, "%lu:%02lu", n / 60, n % 60);
	else
		snprintf(out, size, "%lu:%02lu:%02lu", n / 3600, n / 60 % 60,
			n % 60);
}

static double seconds(void)
{
	struct timespec t = { 0, 0 };

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void on_progress(void *ctx, const struct ip_progress *p)
{
	char left[64] = "", at[32];
	int end = p->done == p->total;
	double now = seconds();

	(void)ctx;
	if (!terminal && !end && now - last_line < PLAIN_INTERVAL)
		return;
	last_line = now;
	if (p->left > 0) {
		put_time(at, sizeof at, p->left);
		snprintf(left, sizeof left, ", %s left", at);
	}
	clear_line();
	fprintf(stderr, "%s: %s: %lu of %lu, %.3g/s%s", tool, p->what,
		p->done, p->total, p->rate, left);
	if (terminal && !end) {
		fflush(stderr);
		line_open = 1;
	} else {
		fputc('\n', stderr);
	}
}

void ip_report_start(const char *name, int quiet, int verbose)
{
	tool = name;
	silent = quiet;
	most = quiet ? IP_LOG_WARN : verbose ? IP_LOG_DEBUG : IP_LOG_INFO;
	terminal = isatty(STDERR_FILENO);
	last_line = seconds();
	ip_log_set(on_log, NULL);
	ip_progress_set(quiet ? NULL : on_progress, NULL);
}

void ip_cli_progress(const char *what, unsigned long done,
	unsigned long total)
{
	struct ip_progress p = { what, done, total, 0, -1 };
	double spent;

	if (done == 0)
		started = seconds();
	spent = seconds() - started;
	if (silent || done == 0)
		return;
	p.rate = spent > 0 ? (double)done / spent : 0;
	if (done == total)
		p.left = 0;
	else if (p.rate > 0)
		p.left = (double)(total - done) / p.rate;
	on_progress(NULL, &p);
}

void ip_report_end(void)
{
	clear_line();
}

static void vsay(enum ip_level level, const char *fmt, va_list ap)
{
	char text[2048];

	vsnprintf(text, sizeof text, fmt, ap);
	on_log(NULL, level, text);
}

int ip_cli_error(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(IP_LOG_ERROR, fmt, ap);
	va_end(ap);
	return status;
}

void ip_cli_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(IP_LOG_WARN, fmt, ap);
	va_end(ap);
}

void ip_cli_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(IP_LOG_INFO, fmt, ap);
	va_end(ap);
}

int ip_cli_usage(const struct ip_cli *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(IP_LOG_ERROR, fmt, ap);
	va_end(ap);
	fprintf(stderr, "Try '%s --help'.\n", c->name);
	return IP_CLI_USAGE;
}

int ip_cli_can_write(const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : 0;
	char folder[4096] = ".";
	int rc = IP_OK;

	if (n >= sizeof(folder))
		return ip_cli_error(IP_EIO, "%s: the name is too long", path);
	if (slash)
		memcpy(folder, n ? path : "/", n ? n : 1);
	if (slash)
		folder[n ? n : 1] = '\0';
	if (access(folder, W_OK | X_OK) != 0)
		rc = ip_cli_error(IP_EIO, "%s: nothing can be written in the "
			"folder %s: %s; choose another", path, folder,
			strerror(errno));
	return rc;
}

int ip_cli_same_file(const char *a, const char *b)
{
	struct stat s, t;

	return stat(a, &s) == 0 && stat(b, &t) == 0 && s.st_dev == t.st_dev &&
		s.st_ino == t.st_ino;
}
