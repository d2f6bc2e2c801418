//! Arbiters: every request passes once, whole and in its user's order, nobody waits for long, answers find their user.

use std::collections::VecDeque;

use gaslane_hdl::{
    bus::{ReadArbiter, WriteArbiter},
    word::{W64, W256},
};
use rand::{Rng, rngs::SmallRng};
use rust_hdl_core::prelude::*;

use crate::{
    axi::Stable,
    dut,
    harness::Bench,
    random::{rng, word},
};

dut!(ReadArbiter, clocked,
    [reset, request_valid0, request_address0, request_beats0, data_ready0, request_valid1, request_address1, request_beats1, data_ready1,
        request_valid2, request_address2, request_beats2, data_ready2, request_valid3, request_address3, request_beats3, data_ready3,
        request_ready, data_valid, data_tag]
    => [request_ready0, data_valid0, request_ready1, data_valid1, request_ready2, data_valid2, request_ready3, data_valid3,
        request_valid, request_address, request_beats, request_tag, data_ready]);
dut!(WriteArbiter, clocked,
    [reset, request_valid0, request_address0, request_beats0, data_valid0, data0, done_ready0,
        request_valid1, request_address1, request_beats1, data_valid1, data1, done_ready1,
        request_valid2, request_address2, request_beats2, data_valid2, data2, done_ready2,
        request_valid3, request_address3, request_beats3, data_valid3, data3, done_ready3,
        request_ready, data_ready, done_valid, done_tag]
    => [request_ready0, data_ready0, done_valid0, request_ready1, data_ready1, done_valid1,
        request_ready2, data_ready2, done_valid2, request_ready3, data_ready3, done_valid3,
        request_valid, request_address, request_beats, request_tag, data_valid, data, done_ready]);

const USERS: usize = 4;

/// Sets an input of each user.
macro_rules! set {
    ($bench:expr, [$($port:ident)*], $value:expr) => {{
        let mut user = 0..USERS;
        $($bench.$port.next = $value(user.next().unwrap());)*
    }};
}

/// An output of each user.
macro_rules! get {
    ($bench:expr, [$($port:ident)*]) => { [$($bench.$port.val()),*] };
}

type Request = (u64, u64);

/// The users' requests, and whose turn it may be.
#[derive(Default)]
struct Users {
    offers: [Option<Request>; USERS],
    /// Requests of others that have passed since one was offered.
    waited: [u64; USERS],
    passed: [u64; USERS],
}

impl Users {
    fn offer(&mut self, rng: &mut SmallRng, pace: f64, most: u64) {
        for user in 0..USERS {
            if self.offers[user].is_none() && rng.random_bool(pace) {
                self.offers[user] = Some((rng.random(), rng.random_range(0..=most)));
                self.waited[user] = 0;
            }
        }
    }

    /// The request that is taken in this cycle.
    fn take(&mut self, ready: [bool; USERS]) -> Option<(usize, Request)> {
        assert!(ready.iter().filter(|&&ready| ready).count() <= 1, "whose turn is it?");
        let user = (0..USERS).find(|&user| ready[user] && self.offers[user].is_some())?;
        for (other, waited) in self.waited.iter_mut().enumerate() {
            *waited += u64::from(other != user && self.offers[other].is_some());
        }
        assert!(self.waited.iter().all(|&waited| waited < USERS as u64), "somebody waits too long: {:?}", self.waited);
        self.passed[user] += 1;
        self.offers[user].take().map(|request| (user, request))
    }
}

/// Chance that a user asks, and that everybody else is ready.
const PACES: [(f64, f64); 5] = [(1.0, 1.0), (0.1, 1.0), (0.5, 0.5), (0.02, 0.9), (1.0, 0.2)];

#[test]
fn read_arbiter() {
    let mut bench = Bench::<ReadArbiter>::new("read_arbiter");
    let mut rng = rng();
    let (mut users, mut request) = (Users::default(), Stable::new("request"));
    let (mut passed, mut beats, mut moved) = (VecDeque::new(), VecDeque::<usize>::new(), [0; USERS]);
    let mut offered = false;
    for cycle in 0..40_000 {
        let (pace, ready) = PACES[cycle / 500 % PACES.len()];
        // Reads of the reader; data of a request some time after it.
        let request_ready = rng.random_bool(ready);
        let found = (
            bench.request_address.val().limbs()[0],
            bench.request_beats.val().to_u64(),
            bench.request_tag.val().to_u64() as usize,
        );
        if let Some((address, count, tag)) = request.cycle(bench.request_valid.val(), request_ready, found) {
            assert_eq!(passed.pop_front(), Some((tag, (address, count))));
            beats.extend((0..count).map(|_| tag));
        }
        users.offer(&mut rng, pace, 3);
        offered |= !beats.is_empty() && rng.random_bool(ready);
        let user_ready: [bool; USERS] = std::array::from_fn(|_| rng.random_bool(ready));
        let reset = rng.random_bool(0.001);
        bench.reset.next = reset;
        bench.request_ready.next = request_ready;
        bench.data_valid.next = offered;
        bench.data_tag.next = (if offered { beats[0] as u64 } else { rng.random_range(0..4) }).into();
        set!(bench, [request_valid0 request_valid1 request_valid2 request_valid3], |user: usize| users.offers[user].is_some());
        set!(bench, [request_address0 request_address1 request_address2 request_address3], |user: usize| {
            W64::from_limbs([users.offers[user].map_or(7, |(address, _)| address)])
        });
        set!(bench, [request_beats0 request_beats1 request_beats2 request_beats3], |user: usize| {
            users.offers[user].map_or(1, |(_, count)| count).into()
        });
        set!(bench, [data_ready0 data_ready1 data_ready2 data_ready3], |user: usize| user_ready[user]);
        let readies = get!(bench, [request_ready0 request_ready1 request_ready2 request_ready3]);
        bench.settle();
        assert_eq!(
            readies,
            get!(bench, [request_ready0 request_ready1 request_ready2 request_ready3]),
            "registers alone"
        );
        passed.extend(users.take(readies));
        let valids = get!(bench, [data_valid0 data_valid1 data_valid2 data_valid3]);
        for (user, valid) in valids.into_iter().enumerate() {
            assert_eq!(valid, offered && beats[0] == user);
        }
        assert!(!offered || bench.data_ready.val() == user_ready[beats[0]]);
        if offered && bench.data_ready.val() {
            moved[beats.pop_front().unwrap()] += 1;
            offered = false;
        }
        bench.tick();
        if reset {
            passed.clear();
            request.reset();
        }
    }
    println!("requests {:?}, beats {moved:?}", users.passed);
    assert!(users.passed.iter().all(|&count| count > 1_000) && moved.iter().all(|&count| count > 1_000));
    bench.cross_check();
}

#[test]
fn write_arbiter() {
    let mut bench = Bench::<WriteArbiter>::new("write_arbiter");
    let mut rng = rng();
    let (mut users, mut request) = (Users::default(), Stable::new("request"));
    let mut passed = VecDeque::new();
    // Beats in the order in which they must come, what each user has to give, requests that are not done.
    let (mut expected, mut gives) = (VecDeque::new(), [const { VecDeque::<W256>::new() }; USERS]);
    let (mut offers, mut dones, mut done_offered) = ([false; USERS], VecDeque::<usize>::new(), false);
    let (mut moved, mut done) = ([0; USERS], [0; USERS]);
    for cycle in 0..60_000 {
        let (pace, ready) = PACES[cycle / 500 % PACES.len()];
        let (request_ready, data_ready) = (rng.random_bool(ready), rng.random_bool(ready));
        let found = (
            bench.request_address.val().limbs()[0],
            bench.request_beats.val().to_u64(),
            bench.request_tag.val().to_u64() as usize,
        );
        if let Some((address, count, tag)) = request.cycle(bench.request_valid.val(), request_ready, found) {
            assert_eq!(passed.pop_front(), Some((tag, (address, count))));
            dones.push_back(tag);
        }
        users.offer(&mut rng, pace, 4);
        for user in 0..USERS {
            offers[user] |= !gives[user].is_empty() && rng.random_bool(ready);
        }
        done_offered |= !dones.is_empty() && rng.random_bool(ready);
        let done_readies: [bool; USERS] = std::array::from_fn(|_| rng.random_bool(ready));
        let reset = rng.random_bool(0.001);
        bench.reset.next = reset;
        bench.request_ready.next = request_ready;
        bench.data_ready.next = data_ready;
        bench.done_valid.next = done_offered;
        bench.done_tag.next = (if done_offered { dones[0] as u64 } else { rng.random_range(0..4) }).into();
        set!(bench, [request_valid0 request_valid1 request_valid2 request_valid3], |user: usize| users.offers[user].is_some());
        set!(bench, [request_address0 request_address1 request_address2 request_address3], |user: usize| {
            W64::from_limbs([users.offers[user].map_or(7, |(address, _)| address)])
        });
        set!(bench, [request_beats0 request_beats1 request_beats2 request_beats3], |user: usize| {
            users.offers[user].map_or(1, |(_, count)| count).into()
        });
        set!(bench, [data_valid0 data_valid1 data_valid2 data_valid3], |user: usize| offers[user]);
        set!(bench, [data0 data1 data2 data3], |user: usize| {
            if offers[user] { gives[user][0] } else { word(&mut rng) }
        });
        set!(bench, [done_ready0 done_ready1 done_ready2 done_ready3], |user: usize| done_readies[user]);
        let readies = get!(bench, [request_ready0 request_ready1 request_ready2 request_ready3]);
        bench.settle();
        assert_eq!(
            readies,
            get!(bench, [request_ready0 request_ready1 request_ready2 request_ready3]),
            "registers alone"
        );
        let took = users.take(readies);
        let beats = get!(bench, [data_ready0 data_ready1 data_ready2 data_ready3]);
        let valid = (0..USERS).filter(|&user| beats[user] && offers[user]).collect::<Vec<_>>();
        assert_eq!(valid.len(), usize::from(bench.data_valid.val() && data_ready), "one beat, or none");
        for user in valid {
            let data = gives[user].pop_front().unwrap();
            assert_eq!((user, data), expected.pop_front().unwrap());
            assert_eq!(bench.data.val(), data);
            offers[user] = false;
            moved[user] += 1;
        }
        if let Some((user, (_, count))) = took {
            assert!(expected.is_empty(), "data of the request before are missing");
            for _ in 0..count {
                let data = word(&mut rng);
                gives[user].push_back(data);
                expected.push_back((user, data));
            }
        }
        passed.extend(took);
        let valids = get!(bench, [done_valid0 done_valid1 done_valid2 done_valid3]);
        for (user, valid) in valids.into_iter().enumerate() {
            assert_eq!(valid, done_offered && dones[0] == user);
        }
        assert!(!done_offered || bench.done_ready.val() == done_readies[dones[0]]);
        if done_offered && bench.done_ready.val() {
            done[dones.pop_front().unwrap()] += 1;
            done_offered = false;
        }
        bench.tick();
        if reset {
            passed.clear();
            expected.clear();
            gives = [const { VecDeque::new() }; USERS];
            offers = [false; USERS];
            request.reset();
        }
    }
    println!("requests {:?}, beats {moved:?}, done {done:?}", users.passed);
    assert!(users.passed.iter().chain(&moved).chain(&done).all(|&count| count > 1_000));
    bench.cross_check();
}
