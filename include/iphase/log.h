/*
 * Where messages and progress go. Process-wide; set once, before other
 * calls.
 */
#ifndef IPHASE_LOG_H
#define IPHASE_LOG_H

#ifdef __cplusplus
extern "C" {
#endif

enum ip_level {
	IP_LOG_ERROR,	/* a call failed: its result must not be used */
	IP_LOG_WARN,	/* the result stands, but look at this first */
	IP_LOG_INFO,	/* what was chosen on the user's behalf */
	IP_LOG_DEBUG	/* for us */
};

/* text has no newline and is valid only during the call. */
typedef void ip_log_fn(void *ctx, enum ip_level level, const char *text);

/*
 * Send messages to fn, or nowhere (the default) if fn is NULL.
 * Called from the thread that called the library, never from a worker.
 */
void ip_log_set(ip_log_fn *fn, void *ctx);

/*
 * Progress of one long call: done of total steps (0 < total), at rate steps
 * per second, with left seconds to go (negative while not yet known).
 */
struct ip_progress {
	const char *what;
	unsigned long done, total;
	double rate, left;
};

typedef void ip_progress_fn(void *ctx, const struct ip_progress *p);

/* Report progress to fn, or to nobody (the default) if fn is NULL. */
void ip_progress_set(ip_progress_fn *fn, void *ctx);

#ifdef __cplusplus
}
#endif
#endif
