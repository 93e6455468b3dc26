/*
 * Saves a file to the cloud and follows it by polling, as a host does from a timer.
 *
 *     save_polling FILE [ADDRESS]
 *
 * Exit code: 0 done, 1 not done, 2 called wrongly.
 */
#include <stdio.h>
#include <string.h>

#include "iscbridge_client.h"

static int report(const char *what, int32_t status, iscb_error *error) {
    if (error != NULL) {
        fprintf(stderr, "%s: %s\n%s\n%s\n(%s)\n", what, error->title, error->message, error->remedy, error->code);
    } else {
        fprintf(stderr, "%s: %s\n", what, iscb_status_text(status));
    }
    iscb_free(error);
    return 1;
}

/* One look at what has come; 1 once the job is final, or nothing can come any more. */
static int look(iscb_client *client, const char *job_id, int *done) {
    iscb_event *event = NULL;
    int is_final = 0;
    const int32_t got = iscb_wait_event(client, 250, &event); /* a host with a timer gives 0 */
    if (got < 0) {
        return report("no news", got, NULL);
    }
    if (got == 0) {
        return 0;
    }
    if (event->kind == ISCB_EVENT_JOB && strcmp(event->job->job, job_id) == 0) {
        printf("%s\n", event->job->state_text);
        is_final = event->job->is_final;
        *done = event->job->state == ISCB_JOB_DONE;
        if (event->job->error != NULL) {
            printf("%s\n%s\n", event->job->error->message, event->job->error->remedy);
        }
    } else if (event->kind == ISCB_EVENT_LOST) {
        printf("The connection is gone; it is made again.\n");
    }
    iscb_free(event);
    return is_final;
}

int main(int argc, char **argv) {
    iscb_config config;
    iscb_client *client = NULL;
    iscb_job *job = NULL;
    iscb_error *error = NULL;
    int32_t status;
    int done = 0;

    if (argc < 2) {
        fprintf(stderr, "usage: save_polling FILE [ADDRESS]\n");
        return 2;
    }
    memset(&config, 0, sizeof(config));
    config.size = sizeof(config);
    config.abi_version = ISCB_ABI_VERSION;
    config.host = "Polling example";
    config.address = argc > 2 ? argv[2] : NULL;
    status = iscb_create(&config, &client);
    if (status != ISCB_OK) {
        return report("no client", status, NULL);
    }
    status = iscb_save(client, argv[1], NULL, ISCB_TIMEOUT_DEFAULT, &job, &error);
    if (status != ISCB_OK) {
        iscb_close(client, ISCB_TIMEOUT_DEFAULT);
        return report("not saved", status, error);
    }
    printf("job %s on the cloud \"%s\"\n", job->job, job->cloud);
    while (!look(client, job->job, &done)) {
    }
    iscb_free(job);
    iscb_close(client, ISCB_TIMEOUT_DEFAULT);
    return done ? 0 : 1;
}
