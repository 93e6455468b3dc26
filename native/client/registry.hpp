// Which clients are open, for the C ABI, whose handles are numbers: one that was closed is known as such and never used.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include "client.hpp"
#include "iscbridge_client.h"

namespace iscbridge::client {

/// Open clients by the number that stands for them. Never destroyed: threads may outlive the program's statics.
class Registry {
public:
    static Registry &get() {
        static Registry *const only = new Registry;
        return *only;
    }

    iscb_client *add(std::shared_ptr<Client> client) {
        const std::lock_guard lock(mutex_);
        clients_[++last_] = std::move(client);
        return reinterpret_cast<iscb_client *>(last_);
    }

    std::shared_ptr<Client> find(iscb_client *handle) {
        const std::lock_guard lock(mutex_);
        const auto found = clients_.find(reinterpret_cast<std::uintptr_t>(handle));
        return found == clients_.end() ? nullptr : found->second;
    }

    std::shared_ptr<Client> remove(iscb_client *handle) {
        const std::lock_guard lock(mutex_);
        const auto found = clients_.find(reinterpret_cast<std::uintptr_t>(handle));
        if (found == clients_.end()) {
            return nullptr;
        }
        auto client = std::move(found->second);
        clients_.erase(found);
        return client;
    }

private:
    std::mutex mutex_;
    std::map<std::uintptr_t, std::shared_ptr<Client>> clients_;
    std::uintptr_t last_ = 0;
};

}  // namespace iscbridge::client
