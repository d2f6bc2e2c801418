//! Animals, their genes and their owners; auctions and what is paid.

use crate::case::Case;
use crate::model::Model;
use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::SolValue;
use gaslane_workload::abi::{Kitties, KittyMarket};
use std::collections::{BTreeMap, BTreeSet};

type Kitty = Kitties::kittiesReturn;

/// A child's genes, byte by byte from the lowest.
fn mix(m: U256, s: U256, luck: B256) -> U256 {
    let (m, s): ([u8; 32], [u8; 32]) = (m.to_le_bytes(), s.to_le_bytes());
    let change = U256::from_be_bytes(keccak256(luck).0).to_le_bytes::<32>();
    let luck = U256::from_be_bytes(luck.0);
    let gene = |i: usize| {
        let gene = if luck.bit(i) { s[i] } else { m[i] };
        if change[i] < 8 { gene.wrapping_add(change[i]) } else { gene }
    };
    U256::from_le_bytes::<32>(std::array::from_fn(gene))
}

#[derive(Default)]
struct Herd {
    kitties: BTreeMap<U256, Kitty>,
    owners: BTreeMap<U256, Address>,
    count: u64,
    owned: BTreeMap<Address, i64>,
}

pub fn apply(case: &mut Case, model: &mut Model) {
    let mut herds: BTreeMap<Address, Herd> = BTreeMap::new();
    let mut auctions: BTreeMap<(Address, U256), KittyMarket::auctionsReturn> = BTreeMap::new();
    let mut markets = BTreeSet::new();
    let (number, time) = (case.number(), case.time());
    for tx in case.of("nft") {
        let view = &mut case.before;
        let mut herd_of = |address: Address, view: &mut crate::case::View| {
            let count = view.get(address, Kitties::countCall {}).to();
            herds.entry(address).or_insert_with(|| Herd { count, ..Herd::default() });
        };
        if let Some(call) = tx.call::<Kitties::breedCall>() {
            herd_of(tx.to, view);
            let herd = herds.get_mut(&tx.to).unwrap();
            let mut parents = Vec::new();
            for id in [call.matron, call.sire] {
                let kitty = herd.kitties.entry(id).or_insert_with(|| view.get(tx.to, Kitties::kittiesCall { id }));
                assert!(kitty.ready <= number);
                parents.push(kitty.clone());
                // Five blocks after the first litter, twice as long after each more.
                kitty.ready = number + 5 * 2_u64.pow(u32::from(kitty.litters));
                kitty.litters += 1;
                assert_eq!(view.get(tx.to, Kitties::ownerOfCall { id }), tx.from);
            }
            let (m, s) = (&parents[0], &parents[1]);
            let luck = keccak256((m.genes, s.genes, call.matron, call.sire, U256::from(number)).abi_encode());
            let child = Kitty {
                genes: mix(m.genes, s.genes, luck),
                birth: time,
                ready: number,
                matron: call.matron.to(),
                sire: call.sire.to(),
                litters: 0,
                generation: m.generation.max(s.generation) + 1,
            };
            let id = U256::from(herd.count);
            herd.count += 1;
            herd.kitties.insert(id, child);
            herd.owners.insert(id, tx.from);
            *herd.owned.entry(tx.from).or_default() += 1;
        } else {
            let collection = view.get(tx.to, KittyMarket::collectionCall {});
            herd_of(collection, view);
            let herd = herds.get_mut(&collection).unwrap();
            markets.insert(tx.to);
            if let Some(call) = tx.call::<KittyMarket::createCall>() {
                assert_eq!(view.get(collection, Kitties::ownerOfCall { id: call.id }), tx.from);
                let auction = KittyMarket::auctionsReturn {
                    seller: tx.from,
                    started: time,
                    duration: call.duration,
                    start: call.start,
                    end: call.end,
                };
                auctions.insert((tx.to, call.id), auction);
                herd.owners.insert(call.id, tx.to);
                *herd.owned.entry(tx.from).or_default() -= 1;
                *herd.owned.entry(tx.to).or_default() += 1;
            } else {
                let id = tx.call::<KittyMarket::bidCall>().unwrap().id;
                let auction = view.get(tx.to, KittyMarket::auctionsCall { id });
                let passed = u128::from(time - auction.started);
                assert!(passed > 0 && passed < u128::from(auction.duration));
                // The fall is rounded down, to the buyer's disadvantage.
                let fall = (auction.start - auction.end) * passed / u128::from(auction.duration);
                let price = auction.start - fall;
                let fee = price * 375 / 10_000;
                model.pay(tx.to, auction.seller, U256::from(price - fee));
                model.pay(tx.to, tx.from, tx.value - U256::from(price));
                let none =
                    KittyMarket::auctionsReturn { seller: Address::ZERO, started: 0, duration: 0, start: 0, end: 0 };
                auctions.insert((tx.to, id), none);
                herd.owners.insert(id, tx.from);
                *herd.owned.entry(tx.to).or_default() -= 1;
                *herd.owned.entry(tx.from).or_default() += 1;
            }
        }
        model.covered += 1;
    }
    let Case { before, after, .. } = case;
    for (address, herd) in herds {
        assert_eq!(after.get(address, Kitties::countCall {}), U256::from(herd.count));
        for (id, kitty) in herd.kitties {
            assert_eq!(after.get(address, Kitties::kittiesCall { id }), kitty, "animal {id}");
        }
        for (id, owner) in herd.owners {
            assert_eq!(after.get(address, Kitties::ownerOfCall { id }), owner);
        }
        for (owner, change) in herd.owned {
            let old: i64 = before.get(address, Kitties::balanceOfCall { owner }).to();
            let new: i64 = after.get(address, Kitties::balanceOfCall { owner }).to();
            assert_eq!(new, old + change);
        }
        model.stores.insert(address);
    }
    for ((market, id), auction) in auctions {
        assert_eq!(after.get(market, KittyMarket::auctionsCall { id }), auction);
    }
    model.stores.extend(markets);
}
