/* .ipt read and write against a plain file, in one run. */
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <iphase/ipt.h>
#include <iphase/random.h>
#include <iphase/status.h>
#include <iphase/threads.h>

#define PICTURES 128	/* of 4 x 128 x 128 float32: 32 MiB in all */
#define REPEATS 5

static const char *const path = "bench.ipt.tmp";
static struct ip_bundle bundle;
static size_t bytes;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void check(int rc)
{
	if (rc < 0) {
		fprintf(stderr, "bench: %s\n", ip_strerror(rc));
		exit(1);
	}
}

/* Lattice pictures with counting noise: what a dataset is made of. */
static void make(void)
{
	static const size_t shape[] = { PICTURES, 4, 128, 128 };
	struct ip_tensor t;
	size_t i, n;
	double x, y;
	float *p;

	check(ip_tensor_new(&t, IP_F32, 4, shape));
	p = t.data;
	n = ip_tensor_count(&t);
	bytes = n * sizeof *p;
	for (i = 0; i < n; i++) {
		x = (double)(i / 128 % 128) * 0.2;
		y = (double)(i % 128) * 0.2;
		p[i] = (float)(0.15 + 0.05 * sin(2.1 * x) * cos(1.3 * y) +
			1e-3 * ip_normal(1, IP_STREAM_TEST, i));
	}
	check(ip_bundle_add(&bundle, "segments", &t, NULL));
}

static void write_plain(void)
{
	FILE *f = fopen(path, "wb");

	if (!f || fwrite(bundle.items[0].tensor.data, 1, bytes, f) != bytes ||
	    fflush(f) != 0 || fsync(fileno(f)) != 0 || fclose(f) != 0)
		check(IP_EIO);
}

static void read_plain(void)
{
	FILE *f = fopen(path, "rb");
	char *p = malloc(bytes);

	if (!f || !p || fread(p, 1, bytes, f) != bytes)
		check(IP_EIO);
	fclose(f);
	free(p);
}

static void write_packed(void)
{
	check(ip_ipt_save(path, &bundle, 0));
}

static void write_stored(void)
{
	check(ip_ipt_save(path, &bundle, 1));
}

static void read_ipt(void)
{
	struct ip_bundle b = { 0 };

	check(ip_ipt_load(path, &b));
	ip_bundle_free(&b);
}

/* 64 pictures, each at a random place. */
static void read_rows(void)
{
	struct ip_tensor t;
	struct ip_ipt *f;
	uint64_t i;

	check(ip_ipt_open(&f, path, 0));
	for (i = 0; i < 64; i++) {
		check(ip_ipt_rows(f, 0, (size_t)(ip_uniform(2, IP_STREAM_TEST,
			i) * PICTURES), 1, &t));
		ip_tensor_free(&t);
	}
	ip_ipt_close(f);
}

/* The best of a few: what is left is the work itself. */
static void run(const char *what, void (*fn)(void))
{
	double best = 1e30, t;
	struct stat st;
	int i;

	for (i = 0; i < REPEATS; i++) {
		t = now();
		fn();
		t = now() - t;
		best = t < best ? t : best;
	}
	if (stat(path, &st) != 0)
		check(IP_EIO);
	printf("%-28s %8.1f ms  %7.0f MB/s  file %5.1f MB\n", what,
		1e3 * best, 1e-6 * (double)bytes / best,
		1e-6 * (double)st.st_size);
}

int main(void)
{
	int threads;

	make();
	printf("%.1f MB of float32 pictures with noise\n",
		1e-6 * (double)bytes);
	run("plain file, written", write_plain);
	run("plain file, read", read_plain);
	for (threads = 1; threads <= 2; threads++) {
		check(ip_threads_set(threads));
		printf("%d thread%s\n", threads, threads > 1 ? "s" : "");
		run(".ipt stored, written", write_stored);
		run(".ipt stored, read", read_ipt);
		run(".ipt packed, written", write_packed);
		run(".ipt packed, read", read_ipt);
		run(".ipt packed, 64 of 128 rows", read_rows);
	}
	ip_bundle_free(&bundle);
	return remove(path) != 0;
}
