// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// Collectible animals that breed, like CryptoKitties: an ERC-721-like collection, genes mixed by hash, pauses after
/// breeding that grow with each time.
contract Kitties {
    struct Kitty {
        uint256 genes;
        uint64 birth;
        uint64 ready; // block from which it may breed again
        uint32 matron;
        uint32 sire;
        uint16 litters;
        uint16 generation;
    }

    address public creator = msg.sender;
    Kitty[] public kitties;
    mapping(uint256 => address) public ownerOf;
    mapping(address => uint256) public balanceOf;
    mapping(uint256 => address) public approved;

    event Transfer(address indexed from, address indexed to, uint256 indexed id);
    event Approval(address indexed owner, address indexed spender, uint256 indexed id);
    event Birth(address indexed owner, uint256 id, uint256 matron, uint256 sire, uint256 genes);

    error OnlyCreator();
    error NotAllowed();
    error Same();
    error Tired(uint256 id);
    error Kin();

    function promote(uint256 genes, address owner) external returns (uint256) {
        if (msg.sender != creator) revert OnlyCreator();
        return give(genes, owner, 0, 0, 0);
    }

    function count() external view returns (uint256) {
        return kitties.length;
    }

    function approve(address spender, uint256 id) external {
        if (ownerOf[id] != msg.sender) revert NotAllowed();
        approved[id] = spender;
        emit Approval(msg.sender, spender, id);
    }

    function transferFrom(address from, address to, uint256 id) external {
        if (ownerOf[id] != from || (from != msg.sender && approved[id] != msg.sender)) revert NotAllowed();
        delete approved[id];
        balanceOf[from] -= 1;
        assign(from, to, id);
    }

    /// Both must be the caller's and rested; the child belongs to the caller.
    function breed(uint256 matron, uint256 sire) external returns (uint256) {
        if (ownerOf[matron] != msg.sender || ownerOf[sire] != msg.sender) revert NotAllowed();
        if (matron == sire) revert Same();
        Kitty storage m = kitties[matron];
        Kitty storage s = kitties[sire];
        if (m.ready > block.number) revert Tired(matron);
        if (s.ready > block.number) revert Tired(sire);
        bool parents = m.generation > 0 && (m.matron == sire || m.sire == sire);
        if (parents || (s.generation > 0 && (s.matron == matron || s.sire == matron))) revert Kin();
        rest(m);
        rest(s);
        uint256 genes = mix(m.genes, s.genes, keccak256(abi.encode(m.genes, s.genes, matron, sire, block.number)));
        uint16 generation = (m.generation > s.generation ? m.generation : s.generation) + 1;
        return give(genes, msg.sender, uint32(matron), uint32(sire), generation);
    }

    /// Each of 32 genes is a byte. A bit of the luck says which parent's it is, and the luck's hash says whether it is
    /// changed on the way: a byte of it below 8 is added.
    function mix(uint256 m, uint256 s, bytes32 luck) public pure returns (uint256 genes) {
        uint256 change = uint256(keccak256(abi.encode(luck)));
        unchecked {
            for (uint256 i = 0; i < 32; i++) {
                uint256 gene = ((uint256(luck) >> i & 1 == 0 ? m : s) >> (8 * i)) & 255;
                uint256 by = (change >> (8 * i)) & 255;
                if (by < 8) gene = (gene + by) & 255;
                genes |= gene << (8 * i);
            }
        }
    }

    function rest(Kitty storage k) private {
        uint256 exponent = k.litters < 13 ? k.litters : 13;
        k.ready = uint64(block.number + (5 << exponent));
        k.litters += 1;
    }

    function give(uint256 genes, address owner, uint32 matron, uint32 sire, uint16 generation) private returns (uint256 id) {
        id = kitties.length;
        kitties.push(Kitty(genes, uint64(block.timestamp), uint64(block.number), matron, sire, 0, generation));
        emit Birth(owner, id, matron, sire, genes);
        assign(address(0), owner, id);
    }

    function assign(address from, address to, uint256 id) private {
        balanceOf[to] += 1;
        ownerOf[id] = to;
        emit Transfer(from, to, id);
    }
}

/// Sales of animals at a price that falls with time, with a fee of 3.75 % that stays in the contract.
contract KittyMarket {
    struct Auction {
        address seller;
        uint64 started;
        uint32 duration;
        uint128 start;
        uint128 end;
    }

    Kitties public collection;
    mapping(uint256 => Auction) public auctions;

    event Created(uint256 indexed id, address indexed seller, uint256 start, uint256 end, uint256 duration);
    event Sold(uint256 indexed id, address indexed buyer, uint256 price);

    error NoAuction();
    error Duration();
    error Price(uint256 paid, uint256 price);
    error PaymentFailed();

    constructor(Kitties collection_) {
        collection = collection_;
    }

    function create(uint256 id, uint128 start, uint128 end, uint32 duration) external {
        if (duration == 0) revert Duration();
        auctions[id] = Auction(msg.sender, uint64(block.timestamp), duration, start, end);
        collection.transferFrom(msg.sender, address(this), id);
        emit Created(id, msg.sender, start, end, duration);
    }

    function priceOf(uint256 id) public view returns (uint256) {
        Auction memory a = auctions[id];
        if (a.seller == address(0)) revert NoAuction();
        uint256 passed = block.timestamp - a.started;
        if (passed >= a.duration) return a.end;
        int256 change = (int256(uint256(a.end)) - int256(uint256(a.start))) * int256(passed) / int256(uint256(a.duration));
        return uint256(int256(uint256(a.start)) + change);
    }

    function bid(uint256 id) external payable {
        uint256 price = priceOf(id);
        if (msg.value < price) revert Price(msg.value, price);
        address seller = auctions[id].seller;
        delete auctions[id];
        pay(seller, price - price * 375 / 10000);
        if (msg.value > price) pay(msg.sender, msg.value - price);
        collection.transferFrom(address(this), msg.sender, id);
        emit Sold(id, msg.sender, price);
    }

    function pay(address to, uint256 amount) private {
        (bool done,) = to.call{value: amount}("");
        if (!done) revert PaymentFailed();
    }
}
