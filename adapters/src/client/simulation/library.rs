//! The books and members of a library that is there to be looked at.

/// A copy on the shelf.
pub(super) struct ShelvedBook {
    pub(super) no: i64,
    pub(super) title: &'static str,
    pub(super) author: &'static str,
    pub(super) classification: &'static str,
}

const fn book(
    no: i64,
    title: &'static str,
    author: &'static str,
    classification: &'static str,
) -> ShelvedBook {
    ShelvedBook { no, title, author, classification }
}

/// Ids and names.
pub(super) const MEMBERS: [(&str, &str); 12] = [
    ("ada", "Ada Novak"),
    ("ben", "Ben Okafor"),
    ("chloe", "Chloé Martin"),
    ("dana", "Dana Weiss"),
    ("eunji", "김은지"),
    ("frank", "Frank Osei"),
    ("grace", "Grace Liu"),
    ("hana", "박하나"),
    ("ivan", "Ivan Petrov"),
    ("jun", "이준"),
    ("kerem", "Kerem Aydın"),
    ("lena", "Lena Vogt"),
];

/// Fewer than members might like to have, so that now and then two want the same.
pub(super) const BOOKS: [ShelvedBook; 20] = [
    book(1, "Pride and Prejudice", "Jane Austen", "LITERATURE"),
    book(2, "Moby-Dick", "Herman Melville", "LITERATURE"),
    book(3, "Middlemarch", "George Eliot", "LITERATURE"),
    book(4, "Frankenstein", "Mary Shelley", "LITERATURE"),
    book(5, "The Trial", "Franz Kafka", "LITERATURE"),
    book(6, "Madame Bovary", "Gustave Flaubert", "LITERATURE"),
    book(7, "Anna Karenina", "Leo Tolstoy", "LITERATURE"),
    book(8, "Don Quixote", "Miguel de Cervantes", "LITERATURE"),
    book(9, "홍길동전", "허균", "LITERATURE"),
    book(10, "구운몽", "김만중", "LITERATURE"),
    book(11, "무정", "이광수", "LITERATURE"),
    book(12, "메밀꽃 필 무렵", "이효석", "LITERATURE"),
    book(13, "The Mythical Man-Month", "Frederick P. Brooks Jr.", "COMPUTER"),
    book(14, "Structure and Interpretation of Computer Programs", "Harold Abelson", "COMPUTER"),
    book(15, "The C Programming Language", "Brian W. Kernighan", "COMPUTER"),
    book(16, "Domain-Driven Design", "Eric Evans", "COMPUTER"),
    book(17, "Refactoring", "Martin Fowler", "COMPUTER"),
    book(18, "The Story of Art", "E. H. Gombrich", "ARTS"),
    book(19, "Ways of Seeing", "John Berger", "ARTS"),
    book(20, "Concerning the Spiritual in Art", "Wassily Kandinsky", "ARTS"),
];
