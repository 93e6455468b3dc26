// Saves files to the cloud at the same time and hears of them by callbacks, with the C++17 wrapper.
//
//     save_callbacks ADDRESS FILE...        ADDRESS "-": that of this user's bridge
//
// Exit code: 0 all done, 1 not all, 2 called wrongly.
#include <condition_variable>
#include <cstdio>
#include <map>
#include <mutex>

#include "iscbridge_client.hpp"

namespace {

/// The host's own list of jobs, fed by the library's thread, read by the host's.
class Jobs {
public:
    void changed(const iscb_job &job) {
        const std::lock_guard lock(mutex_);
        states_[job.job] = static_cast<iscb_job_state>(job.state);
        finals_[job.job] = job.is_final != 0;
        std::printf("%s %s\n", job.path, job.state_text);
        changed_.notify_all();
    }

    bool is_done(const std::string &id) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return finals_[id]; });
        return states_[id] == ISCB_JOB_DONE;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::string, iscb_job_state> states_;
    std::map<std::string, bool> finals_;
};

int save_all(const std::string &address, const std::vector<std::string> &paths) {
    Jobs jobs;
    iscb::Config config;
    config.host = "Callback example";
    config.address = address;
    config.on_event = [&jobs](const iscb_event &event) {
        if (event.kind == ISCB_EVENT_JOB) {
            jobs.changed(*event.job);
        }
    };
    iscb::Client client(config);
    std::vector<iscb::Job> asked;
    for (const std::string &path : paths) {
        asked.push_back(client.save(path));
    }
    bool all = true;
    for (const iscb::Job &job : asked) {
        all = jobs.is_done(job.id()) && all;
    }
    return all ? 0 : 1;
}

}  // namespace

int main(int argc, char **argv) {
    if (argc < 3) {
        std::fprintf(stderr, "usage: save_callbacks ADDRESS FILE...\n");
        return 2;
    }
    try {
        const std::string address = argv[1];
        return save_all(address == "-" ? "" : address, {argv + 2, argv + argc});
    } catch (const iscb::Error &error) {
        std::fprintf(stderr, "%s\n%s\n%s\n", error.title.c_str(), error.message.c_str(), error.remedy.c_str());
        return 1;
    }
}
