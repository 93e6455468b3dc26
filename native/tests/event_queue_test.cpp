// The queue alone: what it keeps, what it drops, what it says of that.
#include "event_queue.hpp"

#include <string>
#include <thread>

#include "check.hpp"
#include "iscdesk_c.h"

using namespace iscbridge;

namespace {

using Taken = EventQueue::Taken;

EventQueue::Clock::time_point now() { return EventQueue::Clock::now(); }

void raise(EventQueue &queue, const std::string &text) { queue.raise(1, {text, TextEncoding::utf8}, 1); }

EventQueue::Nodes take(EventQueue &queue, std::size_t limit = 1000) {
    EventQueue::Nodes out;
    CHECK(queue.take(out, limit, now()) != Taken::closed);
    return out;
}

void gives_in_order_and_bites() {
    EventQueue queue(10);
    for (int i = 0; i < 5; ++i) {
        raise(queue, std::to_string(i));
    }
    CHECK_EQ(take(queue, 2).back().text.bytes, "1");
    const auto rest = take(queue);
    CHECK_EQ(rest.size(), 3U);
    CHECK_EQ(rest.front().sequence, 3U);
    EventQueue::Nodes none;
    CHECK(queue.take(none, 1, now()) == Taken::timeout);
}

/// Every raised event is either taken or counted by a marker at its place, however taking and raising interleave.
void accounts_for_every_event() {
    for (unsigned seed = 1; seed <= 200; ++seed) {
        EventQueue queue(1 + seed % 5);
        unsigned random = seed * 2654435761U;
        int next = 0;      // the number that the next event must have
        int raised = 0;
        const auto account = [&](const EventQueue::Nodes &nodes) {
            for (const Event &event : nodes) {
                if (event.kind == ISC_EVENT_LOST) {
                    CHECK(event.type > 0);
                    next += event.type;
                } else {
                    CHECK_EQ(event.text.bytes, std::to_string(next++));
                }
            }
        };
        for (int step = 0; step < 300; ++step) {
            random = random * 1664525U + 1013904223U;
            if ((random >> 16) % 3 != 0) {
                raise(queue, std::to_string(raised++));
            } else {
                account(take(queue, 1 + (random >> 20) % 4));
            }
        }
        account(take(queue));
        CHECK_EQ(next, raised);
    }
}

void never_drops_a_return() {
    EventQueue queue(1);
    raise(queue, "kept");
    raise(queue, "lost");
    for (std::uint64_t call = 1; call <= 3; ++call) {
        EventQueue::Nodes node(1);
        node.front().call = call;
        queue.returned(std::move(node));
    }
    raise(queue, "lost too");
    const auto all = take(queue);
    CHECK_EQ(all.size(), 5U);
    CHECK_EQ(all.back().call, 3U);
    CHECK_EQ(std::next(all.begin())->type, 2);  // both losses are told by one marker
}

void tells_of_losses_without_a_place() {
    EventQueue queue(10);
    raise(queue, "a");
    queue.lose();
    queue.lose();
    const auto all = take(queue);
    CHECK_EQ(all.size(), 2U);
    CHECK_EQ(all.back().kind, std::uint32_t{ISC_EVENT_LOST});
    CHECK_EQ(all.back().type, 2);
}

void bounds_the_text() {
    EventQueue queue(1000, 4000);
    const std::string large(1000, 'x');
    for (int i = 0; i < 6; ++i) {
        raise(queue, large);
    }
    const auto all = take(queue);
    CHECK_EQ(all.size(), 5U);  // 4000 bytes, then a marker
    CHECK_EQ(all.back().type, 2);
    raise(queue, "room again");
    CHECK_EQ(take(queue).front().text.bytes, "room again");
}

void is_silent_after_close() {
    EventQueue queue(10);
    raise(queue, "dropped");
    std::thread waiter([&] {
        EventQueue::Nodes out;
        Taken taken = Taken::events;
        while (taken == Taken::events) {
            taken = queue.take(out, 1, std::nullopt);
        }
        CHECK(taken == Taken::closed);
    });
    queue.close();
    waiter.join();
    raise(queue, "late");
    EventQueue::Nodes node(1);
    queue.returned(std::move(node));
    EventQueue::Nodes out;
    CHECK(queue.take(out, 1, now()) == Taken::closed);
    CHECK(out.empty());
}

}  // namespace

int main() {
    gives_in_order_and_bites();
    accounts_for_every_event();
    never_drops_a_return();
    tells_of_losses_without_a_place();
    bounds_the_text();
    is_silent_after_close();
    return 0;
}
