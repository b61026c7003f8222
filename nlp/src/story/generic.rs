//! Words that everyone writes by themselves: a short text of nothing else is nobody's story.

use std::{collections::HashSet, sync::LazyLock};

const WORDS: &str = "thank thanks you so much very a the for this that it is was i me my to and all your great good nice love \
    loved like best awesome amazing cool wow yes no ok okay please happy birthday new year merry christmas morning night \
    day have happy weekend everyone guys lol haha congrats congratulations well done job work same here too not what how \
    are we are us of in on at be well done agree agreed exactly true again really sorry hi hello hey welcome bye dm sent help \
    bedankt dank je jullie u wel hartelijk voor de het een is dit dat ik mij mijn en heel erg goed goede mooi leuk super top \
    lekker fijn fijne dag weekend gefeliciteerd sterkte succes ja nee graag gedaan helemaal mee eens klopt hoi hallo \
    goedemorgen goedenavond welterusten prima geweldig zo veel wat \
    danke vielen dank euch sehr gut schon toll tolle prima ja nein und ich das ist ein eine der die guten morgen tag abend \
    alles gute zum geburtstag herzlichen gluckwunsch schones wochenende gerne bitte stimmt genau \
    merci beaucoup tres bien bon bonne super bravo felicitations pour le la les un une et je tu vous oui non joyeux \
    anniversaire bonjour bonsoir nuit journee \
    gracias muchas muy bien bueno buena buenos buenas dias noches tardes feliz cumpleanos felicidades por el la los un una y \
    yo si no que todo todos \
    grazie mille molto bene buono buona buongiorno buonanotte auguri bravo si \
    obrigado obrigada muito bom boa dia noite tarde parabens feliz aniversario sim nao \
    dziekuje dzieki bardzo dobrze super dobry dzien tak nie wszystkiego najlepszego gratulacje \
    tesekkurler tesekkur ederim cok guzel iyi gunaydin geceler evet hayir dogum gunun kutlu olsun";

static SET: LazyLock<HashSet<&str>> = LazyLock::new(|| WORDS.split_whitespace().collect());

/// Whether `word` is one of them.
pub(crate) fn is_generic(word: &str) -> bool {
    word.len() <= 15 && SET.contains(word)
}
