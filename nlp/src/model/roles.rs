//! Words that change what other words say: negations and contrasts, by language.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
    sync::LazyLock,
};

use super::features::{Hash, LanguageKey};

/// What a word does to its neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Turns the words after it around: "not", "geen".
    Negates,
    /// What comes after it weighs more than what came before: "but", "maar".
    Contrasts,
    /// Blames mildly enough that its denial is praise: "bad" in "not bad".
    Blames,
}

/// Language, what the words do, the words in folded form (see [`super::fold`]).
const WORDS: &[(&str, Role, &str)] = &[
    ("nl", Role::Negates, "niet geen nooit niets niks nergens zonder nauwelijks noch nie"),
    ("nl", Role::Contrasts, "maar echter alleen helaas toch"),
    (
        "en",
        Role::Negates,
        "not no never nothing none nobody nowhere neither nor without hardly barely cannot cant can't dont don't doesnt doesn't didnt didn't isnt isn't wasnt wasn't arent aren't werent weren't wont won't wouldnt wouldn't shouldnt shouldn't couldnt couldn't havent haven't hasnt hasn't hadnt hadn't aint ain't",
    ),
    ("en", Role::Contrasts, "but however although though yet unfortunately"),
    (
        "de",
        Role::Negates,
        "nicht kein keine keinen keinem keiner keines nie niemals nichts ohne kaum weder nirgends nix ned net",
    ),
    ("de", Role::Contrasts, "aber jedoch allerdings leider trotzdem sondern"),
    ("fr", Role::Negates, "ne n' pas jamais rien aucun aucune sans ni personne plus guere"),
    ("fr", Role::Contrasts, "mais cependant toutefois pourtant malheureusement"),
    ("es", Role::Negates, "no nunca jamas nada nadie ningun ninguna ninguno sin ni tampoco"),
    ("es", Role::Contrasts, "pero sino aunque embargo lamentablemente"),
    ("pt", Role::Negates, "nao não nunca jamais nada ninguem nenhum nenhuma sem nem n ñ"),
    ("pt", Role::Contrasts, "mas porem contudo entretanto infelizmente"),
    ("it", Role::Negates, "non mai niente nulla nessuno nessuna nessun senza ne neanche nemmeno neppure"),
    ("it", Role::Contrasts, "ma pero tuttavia purtroppo invece"),
    ("ca", Role::Negates, "no mai res sense cap ningu ni tampoc"),
    ("ca", Role::Contrasts, "pero"),
    ("ro", Role::Negates, "nu niciodata nimic fara nici"),
    ("ro", Role::Contrasts, "dar insa"),
    ("da", Role::Negates, "ikke ingen intet aldrig uden ej"),
    ("da", Role::Contrasts, "men desværre"),
    ("nb", Role::Negates, "ikke ikkje ingen intet aldri uten"),
    ("nb", Role::Contrasts, "men dessverre"),
    ("sv", Role::Negates, "inte ej icke ingen inget inga aldrig utan"),
    ("sv", Role::Contrasts, "men dock tyvärr"),
    ("fi", Role::Negates, "ei en et emme ette eivät eika ilman"),
    ("fi", Role::Contrasts, "mutta"),
    ("pl", Role::Negates, "nie nigdy nic bez brak zaden żadna żaden"),
    ("pl", Role::Contrasts, "ale jednak lecz niestety"),
    ("cs", Role::Negates, "ne neni nikdy nic bez zadny žádný"),
    ("cs", Role::Contrasts, "ale avšak"),
    ("ru", Role::Negates, "не нет ни никогда ничего без нельзя"),
    ("ru", Role::Contrasts, "но однако зато"),
    ("uk", Role::Negates, "не ні ніколи нічого без немає"),
    ("uk", Role::Contrasts, "але однак"),
    ("sr", Role::Negates, "ne nije nisam nema nikad bez не није"),
    ("sr", Role::Contrasts, "ali али"),
    ("hr", Role::Negates, "ne nije nisam nema nikad bez"),
    ("hr", Role::Contrasts, "ali"),
    ("hu", Role::Negates, "nem ne nincs soha semmi nélkül sem"),
    ("hu", Role::Contrasts, "de azonban"),
    ("tr", Role::Negates, "değil degil yok hiç hic asla"),
    ("tr", Role::Contrasts, "ama fakat ancak"),
    ("id", Role::Negates, "tidak tak bukan gak ga nggak enggak kurang belum jangan tanpa ngga"),
    ("id", Role::Contrasts, "tapi tetapi namun cuma sayangnya"),
    ("ms", Role::Negates, "tidak tak bukan tiada belum jangan tanpa x"),
    ("ms", Role::Contrasts, "tapi tetapi namun"),
    ("vi", Role::Negates, "không khong chưa chua chẳng ko k kh đừng"),
    ("vi", Role::Contrasts, "nhưng nhung nhưng"),
    ("ar", Role::Negates, "لا ما لم لن ليس ليست مش مو غير بدون مافي ولا"),
    ("ar", Role::Contrasts, "لكن ولكن بس لكنه"),
    ("fa", Role::Negates, "نه نيست بدون هيچ نبود ندارد"),
    ("fa", Role::Contrasts, "ولي اما"),
    ("he", Role::Negates, "לא אין בלי אף"),
    ("he", Role::Contrasts, "אבל אך"),
    ("hi", Role::Negates, "nahi nahin नहीं नही न ना मत बिना"),
    ("hi", Role::Contrasts, "लेकिन मगर पर परंतु"),
    ("ko", Role::Negates, "안 못 없다 없는 없고 별로 아닌"),
    ("nl", Role::Blames, "slecht slechte verkeerd verkeerde mis"),
    ("en", Role::Blames, "bad wrong terrible shabby horrible"),
    ("de", Role::Blames, "schlecht schlechte schlechter schlechtes übel übles verkehrt falsch"),
    ("fr", Role::Blames, "mal mauvais mauvaise"),
    ("es", Role::Blames, "mal malo mala malos malas"),
    ("it", Role::Blames, "male malaccio brutto brutta"),
    ("pt", Role::Blames, "mal mau má ruim ruins"),
    ("da", Role::Blames, "dårlig dårligt"),
    ("nb", Role::Blames, "dårlig dårleg"),
    ("sv", Role::Blames, "dålig dåligt illa"),
    ("hi", Role::Blames, "bura buri"),
    ("ko", Role::Contrasts, "하지만 그런데 근데 그러나"),
];

/// Keys are hashes already: they are not hashed again.
#[derive(Default)]
struct Keep(u64);

impl Hasher for Keep {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, byte| hash.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

static ROLES: LazyLock<HashMap<u64, Role, BuildHasherDefault<Keep>>> = LazyLock::new(|| {
    let key = |lang: &str, word: &str| {
        let mut chars = Vec::new();
        word.chars().for_each(|c| super::fold::push_folded(&mut chars, c));
        LanguageKey::new(lang).word(Hash::of(&chars))
    };
    WORDS.iter().flat_map(|(lang, role, words)| words.split(' ').map(move |word| (key(lang, word), *role))).collect()
});

/// What the word with this key does, if anything. The key is of the word in its language.
pub(crate) fn role(key: u64) -> Option<Role> {
    ROLES.get(&key).copied()
}
