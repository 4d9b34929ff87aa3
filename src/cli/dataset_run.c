/* iphase-dataset run: the specimens of a plan, several at once. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <iphase/threads.h>
#include "dataset_tool.h"

#define NOT_STARTED 127

/* A specimen under way; what its job says is kept until it ends. */
struct child {
	pid_t pid;		/* 0: free */
	struct ip_ds_job job;
	FILE *said;
};

struct session {
	struct ip_ds *d;
	char simulate[4096];
	size_t *todo, count;	/* specimens of this shard that are not there */
	struct child *children;
	size_t child_count;
	size_t done, failed;
};

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

/* ---- which ---- */

static int parse_shard(const char *text, size_t shard[2])
{
	unsigned long i, n;
	int end = 0;

	if (sscanf(text, "%lu/%lu%n", &i, &n, &end) != 2 || text[end] ||
	    text[0] == '-' || i < 1 || i > n)
		return 1;
	shard[0] = i;
	shard[1] = n;
	return 0;
}

static int number_of(const char *name, long *v)
{
	const char *text = getenv(name);
	char *end;

	if (!text || !*text)
		return 0;
	*v = strtol(text, &end, 10);
	return *end == '\0';
}

/* i of n, from 1 on: --shard, or the task of an array of Slurm's. */
static int find_shard(const struct ip_ds *d, size_t shard[2])
{
	long id, n, first = 0, step = 1;

	shard[0] = shard[1] = 1;
	if (d->o->shard)
		return parse_shard(d->o->shard, shard) ? ip_cli_usage(d->cli,
			"--shard: '%s', expected I/N, as in 2/8", d->o->shard)
			: 0;
	if (!number_of("SLURM_ARRAY_TASK_ID", &id) ||
	    !number_of("SLURM_ARRAY_TASK_COUNT", &n))
		return 0;
	number_of("SLURM_ARRAY_TASK_MIN", &first);
	number_of("SLURM_ARRAY_TASK_STEP", &step);
	id = step > 0 ? (id - first) / step : -1;
	if (id < 0 || id >= n)
		return ip_cli_error(IP_EINVAL, "SLURM_ARRAY_TASK_ID is not one "
			"of %ld tasks from %ld on in steps of %ld; give "
			"--shard=I/N", n, first, step);
	shard[0] = (size_t)id + 1;
	shard[1] = (size_t)n;
	ip_cli_info("shard %zu/%zu, as Slurm says", shard[0], shard[1]);
	return 0;
}

static void report(struct session *s, const struct ip_ds_job *j)
{
	ip_cli_info("%s failed: %s", j->name, j->command);
	s->failed++;
}

/* What is to be done, and the structures it needs. */
static int find_todo(struct session *s)
{
	size_t shard[2], all = 0, n = ip_plan_count(s->d->plan);
	int made, rc = find_shard(s->d, shard);

	if (rc)
		return rc;
	s->todo = malloc((n + 1) * sizeof *s->todo);
	if (!s->todo)
		return ip_cli_error(IP_ENOMEM, "out of memory");
	for (size_t i = shard[0] - 1; i < n; i += shard[1]) {
		struct ip_ds_job j;

		if ((rc = ip_ds_job(s->d, i, &j)) < 0)
			return rc;
		all++;
		if (ip_ds_is_made(s->d, &j, &made) < 0)
			report(s, &j);
		else if (!made)
			s->todo[s->count++] = i;
		rc = made ? 0 : ip_ds_place_structure(s->d, &j);
		ip_ds_job_free(&j);
		if (rc < 0)
			return rc;
	}
	ip_cli_info("%s: %zu specimens, %zu of them to be made", s->d->folder,
		all, s->count);
	return 0;
}

/* ---- one by one ---- */

static int start(struct session *s, struct child *c, size_t i)
{
	int rc = ip_ds_job(s->d, i, &c->job);

	if (rc < 0)
		return rc;
	c->said = tmpfile();
	if (!c->said) {
		ip_ds_job_free(&c->job);
		return ip_cli_error(IP_EIO, "no temporary file: %s",
			strerror(errno));
	}
	fflush(stdout);
	c->pid = fork();
	if (c->pid == 0) {
		dup2(fileno(c->said), STDERR_FILENO);
		if (chdir(s->d->folder) == 0)
			execvp(s->simulate, c->job.argv);
		fprintf(stderr, "%s: %s\n", s->simulate, strerror(errno));
		_exit(NOT_STARTED);
	}
	if (c->pid > 0)
		return 0;
	c->pid = 0;
	fclose(c->said);
	ip_ds_job_free(&c->job);
	return ip_cli_error(IP_EIO, "cannot start a job: %s",
		strerror(errno));
}

/* What the job had to say. */
static void show(FILE *said)
{
	char line[1024];

	rewind(said);
	while (fgets(line, sizeof line, said))
		fputs(line, stderr);
}

static void finish(struct session *s, struct child *c, int status)
{
	int good = WIFEXITED(status) && WEXITSTATUS(status) == 0;

	if (!good && !stop) {
		show(c->said);
		if (WIFSIGNALED(status))
			ip_cli_info("%s: ended by signal %d", c->job.name,
				WTERMSIG(status));
		report(s, &c->job);
	} else if (s->d->cli->verbose) {
		show(c->said);
	}
	s->done++;
	fclose(c->said);
	ip_ds_job_free(&c->job);
	c->pid = 0;
}

/* Wait for any of them; whether there was one. */
static int wait_one(struct session *s)
{
	int status = 0, any = 0;
	pid_t pid;

	for (size_t k = 0; k < s->child_count; k++)
		any |= s->children[k].pid > 0;
	if (!any)
		return 0;
	pid = waitpid(-1, &status, 0);
	if (pid < 0 && errno != EINTR)
		return 0;
	for (size_t k = 0; pid > 0 && k < s->child_count; k++)
		if (s->children[k].pid == pid)
			finish(s, &s->children[k], status);
	for (size_t k = 0; stop && k < s->child_count; k++)
		if (s->children[k].pid > 0)
			kill(s->children[k].pid, SIGTERM);
	return 1;
}

static struct child *free_child(struct session *s)
{
	for (size_t k = 0; k < s->child_count; k++)
		if (s->children[k].pid == 0)
			return &s->children[k];
	return NULL;
}

static int make_all(struct session *s)
{
	struct child *c;
	size_t next = 0;
	int rc = 0;

	ip_cli_progress("specimens", 0, s->count);
	do {
		while (rc == 0 && !stop && next < s->count &&
		    (c = free_child(s)))
			rc = start(s, c, s->todo[next++]);
		if (s->done && s->done < s->count && !stop)
			ip_cli_progress("specimens", s->done, s->count);
	} while (wait_one(s));
	if (s->count && s->done == s->count)
		ip_cli_progress("specimens", s->done, s->count);
	return rc;
}

/* ---- all of it ---- */

static void catch_signals(void)
{
	struct sigaction a;

	memset(&a, 0, sizeof a);
	a.sa_handler = on_signal;	/* waitpid is to end */
	sigaction(SIGINT, &a, NULL);
	sigaction(SIGTERM, &a, NULL);
}

static int prepare_folder(const struct ip_ds *d)
{
	static const char *const folders[] = { "specimens", "structures" };
	char path[4096];
	int rc = ip_ds_mkdir(d->folder);

	for (int i = 0; rc == 0 && i < 2; i++) {
		rc = ip_ds_path(path, sizeof path, d->folder, folders[i]);
		if (rc == 0)
			rc = ip_ds_mkdir(path);
	}
	if (rc == 0)
		rc = ip_ds_path(path, sizeof path, d->folder, "plan");
	return rc ? rc : ip_ds_copy(d->plan_path, path);
}

int ip_ds_run(struct ip_ds *d, const char *argv0)
{
	struct session s = { .d = d, .child_count = (size_t)ip_threads() };
	int rc = prepare_folder(d);

	if (rc == 0)
		rc = ip_ds_simulate_path(s.simulate, sizeof s.simulate, argv0);
	if (rc == 0)
		rc = find_todo(&s);
	s.children = calloc(s.child_count, sizeof *s.children);
	if (rc == 0 && !s.children)
		rc = ip_cli_error(IP_ENOMEM, "out of memory");
	catch_signals();
	if (rc == 0)
		rc = make_all(&s);
	if (rc == 0 && stop)
		rc = ip_cli_error(IP_EIO, "asked to end; the same command goes "
			"on from here");
	else if (rc == 0 && s.failed)
		rc = ip_cli_error(IP_EIO, "%zu specimens failed; the same "
			"command tries them again", s.failed);
	free(s.children);
	free(s.todo);
	return rc;
}
