/*
 * iphase-simulate --jobs: a file of command lines, one simulation a line.
 * Each runs as a process of its own, as if it had been typed.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "simulate.h"

#define NOT_STARTED 127

/* The arguments of one job; words[0] is the tool. */
struct words {
	char **v;
	size_t count, room;
};

static int add_word(struct words *w, char *word)
{
	char **more;

	if (w->count + 2 > w->room) {
		w->room = 2 * w->room + 16;
		more = realloc(w->v, w->room * sizeof *w->v);
		if (!more)
			return ip_cli_error(IP_ENOMEM, "out of memory");
		w->v = more;
	}
	w->v[w->count++] = word;
	w->v[w->count] = NULL;
	return 0;
}

/* Cut the next word out of *at, in place; NULL at the end or at a #. */
static char *next_word(char **at, int *open)
{
	char *in = *at, *out, *word, quote = 0;

	while (isspace((unsigned char)*in))
		in++;
	if (*in == 0 || *in == '#')
		return NULL;
	for (word = out = in;
	    *in && (quote || !isspace((unsigned char)*in)); in++) {
		if (*in == quote)
			quote = 0;
		else if (!quote && (*in == '\'' || *in == '"'))
			quote = *in;
		else
			*out++ = *in;
	}
	*open = quote != 0;
	*at = in + (*in != 0);
	*out = 0;
	return word;
}

static int is_jobs(const char *word)
{
	return strcmp(word, "--jobs") == 0 || strncmp(word, "--jobs=", 7) == 0;
}

/* --resume, and the command line but for --jobs. */
static int shared_words(struct words *w, int argc, char **argv)
{
	static char resume[] = "--resume";
	int rc = add_word(w, argv[0]);

	if (rc == 0)
		rc = add_word(w, resume);
	for (int i = 1; rc == 0 && i < argc; i++) {
		if (!is_jobs(argv[i]))
			rc = add_word(w, argv[i]);
		else if (argv[i][6] == 0)
			i++;	/* its file */
	}
	return rc;
}

/* Run and wait; what went wrong inside the job, the job has said. */
static int run_job(const char *path, size_t line, char **v)
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		execvp(v[0], v);
		_exit(NOT_STARTED);
	}
	if (pid < 0)
		return ip_cli_error(IP_EIO, "%s:%zu: cannot start: %s", path,
			line, strerror(errno));
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return ip_cli_error(IP_EIO, "%s:%zu: %s", path, line,
				strerror(errno));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFSIGNALED(status))
		return ip_cli_error(IP_EIO, "%s:%zu: this job was ended by "
			"signal %d; those before it are done, and the same "
			"command goes on from here", path, line,
			WTERMSIG(status));
	if (WEXITSTATUS(status) == NOT_STARTED)
		return ip_cli_error(IP_EIO, "%s:%zu: cannot start %s", path,
			line, v[0]);
	ip_cli_info("%s:%zu: this job failed; those before it are done, and the "
		"same command goes on from here", path, line);
	return IP_EIO;
}

static int job(const char *path, size_t line, char *text, int argc,
	char **argv)
{
	struct words w = { 0 };
	int open = 0, rc = shared_words(&w, argc, argv);
	size_t shared = w.count;
	char *word;

	while (rc == 0 && (word = next_word(&text, &open)))
		rc = is_jobs(word) ? ip_cli_error(IP_EINVAL, "%s:%zu: a job "
			"cannot have --jobs", path, line) : add_word(&w, word);
	if (rc == 0 && open)
		rc = ip_cli_error(IP_EFORMAT, "%s:%zu: a quotation mark is "
			"not closed", path, line);
	if (rc == 0 && w.count > shared)
		rc = run_job(path, line, w.v);
	free(w.v);
	return rc;
}

int ip_sim_jobs(const char *path, int argc, char **argv)
{
	FILE *f = fopen(path, "r");
	char *text = NULL;
	size_t room = 0, line = 0;
	int rc = 0;

	if (!f)
		return ip_cli_error(IP_EIO, "%s: %s", path, strerror(errno));
	while (rc == 0 && getline(&text, &room, f) >= 0)
		rc = job(path, ++line, text, argc, argv);
	if (rc == 0 && ferror(f))
		rc = ip_cli_error(IP_EIO, "%s: %s", path, strerror(errno));
	free(text);
	fclose(f);
	return rc;
}
