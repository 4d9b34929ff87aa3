/* Progress with rate and time left, throttled. */
#include <time.h>
#include "core.h"

#define INTERVAL 0.1	/* s between reports */
#define SETTLE 0.5	/* s before a rate means anything */

static ip_progress_fn *progress_fn;
static void *progress_ctx;
static struct ip_progress now;
static int depth;
static double started, reported;
static unsigned long shown;	/* done, at the last report; 0: none */

void ip_progress_set(ip_progress_fn *fn, void *ctx)
{
	progress_fn = fn;
	progress_ctx = ctx;
}

static double seconds(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_MONOTONIC, &t) != 0)
		return 0;
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void report(double t)
{
	double spent = t - started;

	now.rate = spent > 0 ? (double)now.done / spent : 0;
	now.left = -1;
	if (now.done == now.total)
		now.left = 0;
	else if (spent >= SETTLE && now.done > 0)
		now.left = (double)(now.total - now.done) / now.rate;
	reported = t;
	shown = now.done;
	progress_fn(progress_ctx, &now);
}

void ip_progress_begin(const char *what, unsigned long total)
{
	if (depth++ > 0)
		return;
	now.what = what;
	now.done = 0;
	now.total = total > 0 ? total : 1;
	started = seconds();
	reported = started;
	shown = 0;
}

void ip_progress_step(unsigned long done)
{
	double t;

	if (depth != 1 || !progress_fn)
		return;
	if (done > now.total)
		done = now.total;
	now.done = done;
	t = seconds();
	if (t - reported >= INTERVAL)
		report(t);
}

/* The last report is made even when short: a log then shows what was done. */
void ip_progress_end(void)
{
	if (depth > 0 && --depth == 0 && progress_fn &&
		(shown == 0 || shown != now.done))
		report(seconds());
}
