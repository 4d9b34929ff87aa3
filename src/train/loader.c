/*
 * Batches, one ahead: a thread fills one buffer while the caller has the
 * other. What a batch holds follows from its number alone, so that it does not
 * matter which of the two waits.
 */
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <iphase/random.h>
#include <iphase/real.h>
#include "core/core.h"
#include "example.h"

struct buffer {
	ip_real *x, *target;
	size_t n;		/* pictures in it */
	int rc;			/* of making it */
	struct ip_kept said;	/* meanwhile */
};

struct ip_loader {
	const struct ip_dataset *d;
	struct ip_feeding how;
	size_t *list, *order;	/* [count]: pictures; of this epoch */
	size_t count, batch, batches;
	size_t inputs, size[2];
	uint64_t epoch;
	size_t next;		/* batch to be given out */
	struct ip_tensor x, target;	/* views of mine */
	struct buffer mine, ahead;	/* the caller's, the thread's */
	int begun, running;
	pthread_t thread;
	pthread_mutex_t lock;	/* of these two: */
	int full, stop;		/* ahead is; leave off */
	pthread_cond_t changed;
};

/* ---- order ---- */

/* Fisher and Yates. */
static void shuffle(struct ip_loader *l)
{
	uint64_t key = ip_data_key(l->how.seed, IP_STREAM_ORDER, l->epoch);
	size_t i, j, t;

	memcpy(l->order, l->list, l->count * sizeof *l->order);
	for (i = l->count - 1; i > 0; i--) {
		j = (size_t)(ip_uniform(key, IP_STREAM_ORDER, i) *
			(double)(i + 1));
		t = l->order[i];
		l->order[i] = l->order[j];
		l->order[j] = t;
	}
}

/* ---- the thread ---- */

static int stopped(struct ip_loader *l)
{
	int stop;

	pthread_mutex_lock(&l->lock);
	stop = l->stop;
	pthread_mutex_unlock(&l->lock);
	return stop;
}

/* Picture k of batch number into the buffer. */
static int put(struct ip_loader *l, size_t number, size_t k)
{
	size_t i = l->order[number * l->batch + k];
	size_t plane = l->size[0] * l->size[1];
	struct ip_tensor x = { 0 }, target = { 0 };
	int rc = ip_dataset_example(l->d, i, l->epoch, &l->how, &x, &target);

	if (rc == 0) {
		memcpy(l->ahead.x + k * l->inputs * plane, x.data,
			l->inputs * plane * sizeof(ip_real));
		memcpy(l->ahead.target + k * plane, target.data,
			plane * sizeof(ip_real));
	}
	ip_tensor_free(&x);
	ip_tensor_free(&target);
	return rc;
}

static void make(struct ip_loader *l, size_t number)
{
	struct buffer *b = &l->ahead;
	size_t k, left = l->count - number * l->batch;

	b->n = left < l->batch ? left : l->batch;
	b->rc = 0;
	ip_log_keep(&b->said);
	for (k = 0; k < b->n && b->rc == 0 && !stopped(l); k++)
		b->rc = put(l, number, k);
	ip_log_keep(NULL);
}

static void *work(void *arg)
{
	struct ip_loader *l = arg;
	size_t number;

	for (number = l->next; number < l->batches; number++) {
		pthread_mutex_lock(&l->lock);
		while (l->full && !l->stop)
			pthread_cond_wait(&l->changed, &l->lock);
		pthread_mutex_unlock(&l->lock);
		if (stopped(l))
			break;
		make(l, number);
		pthread_mutex_lock(&l->lock);
		l->full = 1;
		pthread_cond_signal(&l->changed);
		pthread_mutex_unlock(&l->lock);
	}
	return NULL;
}

/* Signals are for the threads of the program. */
static int start(struct ip_loader *l)
{
	sigset_t all, old;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&l->thread, NULL, work, l);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc)
		return ip_fail(IP_EIO, "a thread to read pictures cannot be"
			" started: %s", strerror(rc));
	l->running = 1;
	return 0;
}

static void end(struct ip_loader *l)
{
	if (l->running) {
		pthread_mutex_lock(&l->lock);
		l->stop = 1;
		pthread_cond_signal(&l->changed);
		pthread_mutex_unlock(&l->lock);
		pthread_join(l->thread, NULL);
	}
	l->running = l->stop = l->full = 0;
	ip_log_forget(&l->ahead.said);
}

/* ---- opening ---- */

static int check_pictures(struct ip_loader *l)
{
	size_t k, size[2];
	int rc;

	for (k = 0; k < l->count; k++) {
		rc = ip_example_check(l->d, l->list[k], &l->how, size);
		if (rc < 0)
			return rc;
		if (k == 0)
			memcpy(l->size, size, sizeof size);
		if (memcmp(l->size, size, sizeof size) != 0)
			return ip_fail(IP_EINVAL, "%s has pictures of %zu x"
				" %zu pixels, but %s of %zu x %zu: pictures of"
				" a batch are of one size; let a part of that"
				" size be cut out of all (--crop)",
				ip_dataset_path(l->d, l->list[k]), size[0],
				size[1], ip_dataset_path(l->d, l->list[0]),
				l->size[0], l->size[1]);
	}
	return 0;
}

static int make_buffer(const struct ip_loader *l, struct buffer *b)
{
	size_t plane, n;

	if (ip_mul_size(l->size[0], l->size[1], &plane) ||
	    ip_mul_size(plane, l->batch, &plane) ||
	    ip_mul_size(plane, l->inputs, &n))
		return ip_fail(IP_EINVAL, "a batch of %zu pictures of %zu x"
			" %zu pixels is too large", l->batch, l->size[0],
			l->size[1]);
	b->x = ip_alloc_array(n, sizeof *b->x);
	b->target = b->x ? ip_alloc_array(plane, sizeof *b->target) : NULL;
	return b->target ? 0 : IP_ENOMEM;
}

static int init(struct ip_loader *l, const size_t *list)
{
	int rc;

	l->list = ip_alloc_array(l->count, sizeof *l->list);
	l->order = l->list ? ip_alloc_array(l->count, sizeof *l->order) : NULL;
	if (!l->order)
		return IP_ENOMEM;
	memcpy(l->list, list, l->count * sizeof *list);
	l->batches = (l->count - 1) / l->batch + 1;
	l->inputs = IP_NET_SEGMENTS + ip_metadata_channels(l->how.metadata);
	rc = check_pictures(l);
	if (rc == 0)
		rc = make_buffer(l, &l->mine);
	return rc < 0 ? rc : make_buffer(l, &l->ahead);
}

int ip_loader_open(struct ip_loader **out, const struct ip_dataset *d,
	const size_t *list, size_t count, size_t batch,
	const struct ip_feeding *how)
{
	struct ip_loader *l;
	int rc;

	if (count == 0 || batch == 0)
		return ip_fail(IP_EINVAL, "a loader: %zu pictures in batches"
			" of %zu, expected some", count, batch);
	l = ip_alloc(sizeof *l);
	if (!l)
		return IP_ENOMEM;
	l->d = d;
	l->how = *how;
	l->count = count;
	l->batch = batch < count ? batch : count;
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->changed, NULL);
	rc = init(l, list);
	if (rc < 0)
		ip_loader_close(l);
	else
		*out = l;
	return rc;
}

void ip_loader_close(struct ip_loader *l)
{
	if (!l)
		return;
	end(l);
	pthread_cond_destroy(&l->changed);
	pthread_mutex_destroy(&l->lock);
	ip_free(l->mine.x);
	ip_free(l->mine.target);
	ip_free(l->ahead.x);
	ip_free(l->ahead.target);
	ip_free(l->order);
	ip_free(l->list);
	ip_free(l);
}

/* ---- use ---- */

size_t ip_loader_batches(const struct ip_loader *l)
{
	return l->batches;
}

int ip_loader_begin(struct ip_loader *l, uint64_t epoch, size_t first)
{
	end(l);
	l->begun = 0;
	if (first > l->batches)
		return ip_fail(IP_EINVAL, "batch %zu of an epoch of %zu",
			first, l->batches);
	l->epoch = epoch;
	l->next = first;
	shuffle(l);
	l->begun = 1;
	return first < l->batches ? start(l) : 0;
}

int ip_loader_next(struct ip_loader *l, const struct ip_tensor **x,
	const struct ip_tensor **target)
{
	size_t shape[4] = { 0, l->inputs, l->size[0], l->size[1] };
	struct buffer b;
	int rc;

	if (!l->begun)
		return ip_fail(IP_EINVAL, "a loader: no epoch has begun");
	if (l->next == l->batches)
		return IP_ENOTFOUND;
	pthread_mutex_lock(&l->lock);
	while (!l->full)
		pthread_cond_wait(&l->changed, &l->lock);
	b = l->mine;
	l->mine = l->ahead;
	l->ahead = b;
	l->full = 0;
	pthread_cond_signal(&l->changed);
	pthread_mutex_unlock(&l->lock);
	l->next++;
	ip_log_tell(&l->mine.said);
	if (l->mine.rc < 0)
		return l->mine.rc;
	shape[0] = l->mine.n;
	rc = ip_tensor_wrap(&l->x, IP_REAL_DTYPE, 4, shape, l->mine.x);
	shape[1] = 1;
	if (rc == 0)
		rc = ip_tensor_wrap(&l->target, IP_REAL_DTYPE, 4, shape,
			l->mine.target);
	*x = &l->x;
	*target = &l->target;
	return rc;
}

const size_t *ip_loader_pictures(const struct ip_loader *l)
{
	return l->order + (l->next - 1) * l->batch;
}
