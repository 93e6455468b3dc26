// Which SaveResult is raised when. A result names no file, so a host can only count: results come in the order of the
// calls, at most one for each.
//
// A save    ends with success      when its job is `done`, or the job that stands for it (`replaced`) is
//           ends with failed       when that certainly did not happen: failed, refused, cancelled, never taken
//           gets no result         when nobody knows (`unknown`): neither would be true. The bridge asks a person. What is
//                                  behind it in the order does not wait for it; if it is settled later, its result comes
//                                  only if no other save was asked for since, for else the host would take it for that one's
// A save-as waits for a person, and a dialog that is closed without a choice may give no answer for a long time. So it holds
//           nobody up. That it failed is raised only if no other save was asked for since; that it succeeded, in its turn,
//           or if others went ahead, once none that was asked for later is open.
#ifndef ISCBRIDGE_DROPIN_ORDERS_HPP
#define ISCBRIDGE_DROPIN_ORDERS_HPP

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace iscbridge_dropin {

/// What a job's state means for a SaveResult.
enum class Ending { open, success, failed, nobody_knows, replaced };

inline Ending ending_of(const std::string &state) {
    if (state == "done") {
        return Ending::success;
    }
    if (state == "failed" || state == "refused" || state == "cancelled") {
        return Ending::failed;
    }
    return state == "unknown" ? Ending::nobody_knows : state == "replaced" ? Ending::replaced : Ending::open;
}

/// What is told of a job.
struct JobNews {
    std::string job;
    std::string request_id;
    std::string state;
    std::string replaced_by;
};

class Orders {
public:
    void add(const std::string &request_id, bool is_dialog = false) {
        late_ = Order();  // whatever it becomes, the host would take it for the new one's
        Order order;
        order.request_id = request_id;
        order.is_dialog = is_dialog;
        order.number = ++last_number_;
        orders_.push_back(std::move(order));
    }

    /// It was never taken.
    void refuse(const std::string &request_id) { set(request_id, Ending::failed); }
    /// Whether it was taken can't be found out.
    void give_up(const std::string &request_id) { set(request_id, Ending::nobody_knows); }

    /// Gives the id of a job that has to be asked for, since it stands for a save of this host now; else empty.
    std::string tell(const JobNews &news) {
        std::string wanted;
        const auto one = [&](Order &order) {
            const bool is_own = order.job.empty() && !order.request_id.empty() && order.request_id == news.request_id;
            if (!is_own && (order.job.empty() || order.job != news.job)) {
                return;
            }
            order.job = news.job;
            order.ending = ending_of(news.state);
            if (order.ending == Ending::replaced) {
                order.ending = Ending::open;
                order.job = wanted = news.replaced_by;
            }
        };
        for (Order &order : orders_) {
            one(order);
        }
        one(late_);
        return wanted;
    }

    /// The results to raise now, in their order: true is success.
    std::vector<bool> take() {
        std::vector<bool> out;
        for (std::size_t i = 0; i < orders_.size() && (orders_[i].ending != Ending::open || orders_[i].is_dialog);) {
            const Order order = orders_[i];
            const bool is_newest = order.number == last_number_;
            const bool has_failed = order.ending == Ending::failed;
            if (order.ending == Ending::open || (order.was_passed && !has_failed && i + 1 < orders_.size())) {
                ++i;
                continue;
            }
            orders_.erase(orders_.begin() + static_cast<std::ptrdiff_t>(i));
            if (order.ending == Ending::nobody_knows) {
                late_ = is_newest ? order : Order();
            } else if (!has_failed || !order.is_dialog || is_newest) {
                out.push_back(!has_failed);
                for (std::size_t before = 0; before < i; ++before) {
                    orders_[before].was_passed = true;
                }
                i = 0;  // one that was passed may be next
            }
        }
        if (late_.ending == Ending::success || late_.ending == Ending::failed) {
            out.push_back(late_.ending == Ending::success);
            late_ = Order();
        }
        return out;
    }

    /// The jobs whose ends are awaited, to ask for them when news were lost.
    std::vector<std::string> jobs() const {
        std::vector<std::string> out;
        for (const Order &order : orders_) {
            if (!order.job.empty()) {
                out.push_back(order.job);
            }
        }
        if (!late_.job.empty()) {
            out.push_back(late_.job);
        }
        return out;
    }

private:
    struct Order {
        std::string request_id;
        std::string job;  ///< the one that stands for it now
        Ending ending = Ending::open;
        bool is_dialog = false;
        bool was_passed = false;  ///< a later one's result was raised before
        std::uint64_t number = 0;
    };

    void set(const std::string &request_id, Ending ending) {
        for (Order &order : orders_) {
            if (order.request_id == request_id) {
                order.ending = ending;
            }
        }
    }

    std::deque<Order> orders_;
    std::uint64_t last_number_ = 0;
    Order late_;  ///< the last save, if nobody knows yet what became of it
};

}  // namespace iscbridge_dropin

#endif
