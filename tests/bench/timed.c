/* SPDX-License-Identifier: MIT */
/*
 * Runs a command and prints what it cost, one line on descriptor 3:
 *
 *   WALL_S USER_S SYS_S RSS_KIB OTHER
 *
 * OTHER is the share of the machine's CPU time that went to others (or
 * was stolen) meanwhile: the sample is worth nothing when it is large. The
 * command's own output goes to /dev/null.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Seconds of all CPUs that were not idle, since the machine started. */
static double busy(void)
{
	FILE *f = fopen("/proc/stat", "re");
	double v[8] = { 0 };
	int n = 0;

	if (!f)
		return 0;
	n = fscanf(f, "cpu %lf %lf %lf %lf %lf %lf %lf %lf", &v[0], &v[1],
		   &v[2], &v[3], &v[4], &v[5], &v[6], &v[7]);
	(void)fclose(f);
	if (n != 8)
		return 0;
	/* user nice system [idle iowait] irq softirq steal */
	return (v[0] + v[1] + v[2] + v[5] + v[6] + v[7]) /
	       (double)sysconf(_SC_CLK_TCK);
}

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + 1e-6 * (double)t.tv_usec;
}

int main(int argc, char **argv)
{
	double start, machine, own, other;
	struct rusage usage;
	int status = 0;
	pid_t child;

	if (argc < 2)
		return 2;
	machine = busy();
	start = now();
	child = fork();
	if (child == 0) {
		int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

		if (null < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0)
			_exit(127);
		(void)close(3);
		(void)execvp(argv[1], argv + 1);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) != child)
		return 1;
	start = now() - start;
	machine = busy() - machine;
	own = seconds(usage.ru_utime) + seconds(usage.ru_stime);
	other = (machine - own) / start / (double)sysconf(_SC_NPROCESSORS_ONLN);
	dprintf(3, "%.4f %.3f %.3f %ld %.3f\n", start, seconds(usage.ru_utime),
		seconds(usage.ru_stime), usage.ru_maxrss,
		other > 0 ? other : 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
