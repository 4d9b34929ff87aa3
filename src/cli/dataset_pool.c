/* iphase-dataset: runs of iphase-simulate, several at once. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <iphase/threads.h>
#include "dataset_tool.h"

#define NOT_STARTED 127

/* A job under way; what it says is kept until it ends. */
struct child {
	pid_t pid;		/* 0: free */
	struct ip_ds_job job;
	FILE *said;
};

struct session {
	struct ip_ds_pool *p;
	char simulate[4096];
	struct child *children;
	size_t child_count, done;
};

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

/* iphase-simulate beside this tool, or as the shell finds it; by its full name,
 * since jobs run in another folder. */
static int find_simulate(struct session *s)
{
	const char *argv0 = s->p->d->argv0, *slash = strrchr(argv0, '/');
	char cwd[2048] = "";
	int n;

	if (slash && argv0[0] != '/' && !getcwd(cwd, sizeof cwd))
		return ip_cli_error(IP_ELIMIT, "the name of the working folder "
			"is too long");
	n = snprintf(s->simulate, sizeof s->simulate, "%s%s%.*siphase-simulate",
		cwd, cwd[0] ? "/" : "", slash ? (int)(slash - argv0) + 1 : 0,
		argv0);
	return n >= 0 && (size_t)n < sizeof s->simulate ? 0 : ip_cli_error(
		IP_ELIMIT, "%s: the name is too long", argv0);
}

/* ---- a job ---- */

static void become(const struct session *s, struct child *c)
{
	static char cost[] = "--cost";
	int said = fileno(c->said);

	dup2(said, STDERR_FILENO);
	if (s->p->cost) {
		dup2(said, STDOUT_FILENO);
		c->job.argv[c->job.argc++] = cost;
	}
	if (chdir(s->p->d->folder) == 0)
		execvp(s->simulate, c->job.argv);
	fprintf(stderr, "%s: %s\n", s->simulate, strerror(errno));
	_exit(NOT_STARTED);
}

static int start(struct session *s, struct child *c, size_t i)
{
	int rc = ip_ds_job(s->p->d, i, &c->job);

	if (rc < 0)
		return rc;
	c->said = tmpfile();
	fflush(stdout);
	c->pid = c->said ? fork() : -1;
	if (c->pid == 0)
		become(s, c);
	if (c->pid > 0)
		return 0;
	rc = ip_cli_error(IP_EIO, "cannot start a job: %s", strerror(errno));
	c->pid = 0;
	if (c->said)
		fclose(c->said);
	ip_ds_job_free(&c->job);
	return rc;
}

static void show(FILE *said)
{
	char line[1024];

	rewind(said);
	while (fgets(line, sizeof line, said))
		fputs(line, stderr);
}

static void tell_failed(struct session *s, const struct child *c, int status)
{
	s->p->failed++;
	if (stop)
		return;
	show(c->said);
	if (WIFSIGNALED(status))
		ip_cli_info("%s: ended by signal %d", c->job.name,
			WTERMSIG(status));
	ip_cli_info("%s failed: %s", c->job.name, c->job.command);
}

static void finish(struct session *s, struct child *c, int status)
{
	struct ip_ds_pool *p = s->p;

	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		tell_failed(s, c, status);
	} else {
		if (p->d->cli->verbose)
			show(c->said);
		rewind(c->said);
		if (p->good)
			p->good(p->ctx, &c->job, c->said);
	}
	s->done++;
	fclose(c->said);
	ip_ds_job_free(&c->job);
	c->pid = 0;
}

/* ---- all of them ---- */

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
	for (size_t k = 0; pid > 0 && k < s->child_count; k++)
		if (s->children[k].pid == pid)
			finish(s, &s->children[k], status);
	for (size_t k = 0; stop && k < s->child_count; k++)
		if (s->children[k].pid > 0)
			kill(s->children[k].pid, SIGTERM);
	return pid > 0 || errno == EINTR;
}

static struct child *free_child(const struct session *s)
{
	for (size_t k = 0; k < s->child_count; k++)
		if (s->children[k].pid == 0)
			return &s->children[k];
	return NULL;
}

static int make_all(struct session *s)
{
	struct ip_ds_pool *p = s->p;
	struct child *c;
	size_t next = 0;
	int rc = 0;

	if (p->count)
		ip_cli_progress(p->what, 0, p->count);
	do {
		while (rc == 0 && !stop && next < p->count &&
		    (c = free_child(s)))
			rc = start(s, c, p->todo[next++]);
		if (s->done && !stop)
			ip_cli_progress(p->what, s->done, p->count);
	} while (wait_one(s));
	return rc;
}

int ip_ds_pool_run(struct ip_ds_pool *p)
{
	struct session s = { .p = p, .child_count = (size_t)ip_threads() };
	struct sigaction a;
	int rc = find_simulate(&s);

	memset(&a, 0, sizeof a);
	a.sa_handler = on_signal;	/* waitpid is to end */
	sigaction(SIGINT, &a, NULL);
	sigaction(SIGTERM, &a, NULL);
	s.children = calloc(s.child_count, sizeof *s.children);
	if (rc == 0 && !s.children)
		rc = ip_cli_error(IP_ENOMEM, "out of memory");
	if (rc == 0)
		rc = make_all(&s);
	free(s.children);
	return rc || !stop ? rc : ip_cli_error(IP_EIO, "asked to end after %zu "
		"of %zu; the same command goes on from here", s.done,
		p->count);
}
